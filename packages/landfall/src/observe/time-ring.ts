/** What happened in each of the last spans of time, such as minutes: as many rows as spans, however much happens. */
import type { Instant } from '../system.ts'

export interface TimeRingOptions<Row> {
  readonly spanMs: number
  readonly spans: number
  readonly makeRow: () => Row
}

export class TimeRing<Row> {
  readonly #options: TimeRingOptions<Row>
  readonly #slots: { readonly span: number; readonly row: Row }[] = []

  constructor(options: TimeRingOptions<Row>) {
    this.#options = options
  }

  /** To count in. A slot that belonged to an earlier round, or to a clock that was set since, begins anew. */
  rowAt(at: Instant): Row {
    const span = this.#spanOf(at)
    const place = this.#placeOf(span)
    const found = this.#slots[place]
    if (found?.span === span) return found.row
    const row = this.#options.makeRow()
    this.#slots[place] = { span, row }
    return row
  }

  /** Oldest first, ending with the span that `at` is in; undefined: nothing happened. */
  rows(at: Instant): readonly { readonly at: Instant; readonly row: Row | undefined }[] {
    const { spans, spanMs } = this.#options
    const newest = this.#spanOf(at)
    return Array.from({ length: spans }, (_, index) => {
      const span = newest - spans + 1 + index
      const slot = this.#slots[this.#placeOf(span)]
      return { at: span * spanMs, row: slot?.span === span ? slot.row : undefined }
    })
  }

  #spanOf(at: Instant): number {
    return Math.floor(at / this.#options.spanMs)
  }

  #placeOf(span: number): number {
    const { spans } = this.#options
    return ((span % spans) + spans) % spans
  }
}
