/** How many webhooks are asked at once: a host that is slow makes its own devices wait, and no others. */

export interface PlacesOrder {
  readonly perHost: number
  readonly total: number
  /** For each host; whoever comes then is told so at once. */
  readonly waiting: number
}

interface Waiter {
  readonly host: string
  readonly enter: () => void
}

/** Gives back what was taken. */
export type Release = () => void

export class Places {
  readonly #order: PlacesOrder
  readonly #busy = new Map<string, number>()
  #all = 0
  /** First come, first served, where its host has a place. */
  readonly #line = new Set<Waiter>()

  constructor(order: PlacesOrder) {
    this.#order = order
  }

  /** Undefined where there is none: too many wait, or `enough` came before. */
  async take(host: string, enough: AbortSignal): Promise<Release | undefined> {
    if (enough.aborted) return
    if (this.#isFree(host)) return this.#enter(host)
    if (this.#waitingFor(host) >= this.#order.waiting) return
    return new Promise((resolve) => {
      const leave = () => {
        this.#line.delete(waiter)
        resolve(undefined)
      }
      const enter = () => {
        enough.removeEventListener('abort', leave)
        resolve(this.#enter(host))
      }
      const waiter = { host, enter }
      this.#line.add(waiter)
      enough.addEventListener('abort', leave, { once: true })
    })
  }

  #isFree(host: string): boolean {
    return this.#all < this.#order.total && (this.#busy.get(host) ?? 0) < this.#order.perHost
  }

  #waitingFor(host: string): number {
    let count = 0
    for (const waiter of this.#line) if (waiter.host === host) count += 1
    return count
  }

  #enter(host: string): Release {
    this.#all += 1
    this.#busy.set(host, (this.#busy.get(host) ?? 0) + 1)
    return () => this.#leave(host)
  }

  #leave(host: string): void {
    this.#all -= 1
    const left = (this.#busy.get(host) ?? 1) - 1
    if (left === 0) this.#busy.delete(host)
    else this.#busy.set(host, left)
    for (const waiter of this.#line) {
      if (!this.#isFree(waiter.host)) continue
      this.#line.delete(waiter)
      waiter.enter()
      return
    }
  }
}
