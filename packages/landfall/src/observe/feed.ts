/**
 * What happens, for those who watch. Nothing is sent to anybody: a watcher comes for what is new since its place, when
 * it is ready for it. So a watcher costs no memory, a slow one misses attempts and is told how many, and an attempt
 * costs the same whether nobody watches or many do.
 */
import type { Attempt } from '../registration/attempt.ts'
import type { Kind } from '../store/store.ts'

/** How much a watcher has seen. */
export interface Place {
  readonly attempts: number
  readonly changes: number
}

export interface News {
  /** To come back with. */
  readonly place: Place
  /** The newest, oldest of them first, each as JSON without its trail. */
  readonly attempts: readonly string[]
  /** Those before them that are no longer there. */
  readonly skipped: number
  /** What was changed by any commit. */
  readonly kinds: readonly Kind[]
}

export interface Feed {
  attempt(attempt: Attempt): void
  changed(kinds: Iterable<Kind>): void
  readonly place: Place
  since(place: Place): News
}

/** A batch that people can follow with their eyes, and some 50 KiB. */
const mostAttempts = 50

export function makeFeed(): Feed {
  const newest: Shown[] = []
  const lastChange = new Map<Kind, number>()
  let attempts = 0
  let changes = 0

  return {
    attempt(attempt) {
      newest[attempts % mostAttempts] = new Shown(attempt)
      attempts++
    },

    changed(kinds) {
      changes++
      for (const kind of kinds) lastChange.set(kind, changes)
    },

    get place() {
      return { attempts, changes }
    },

    since(place) {
      const first = Math.max(place.attempts, attempts - mostAttempts)
      const shown = Array.from({ length: attempts - first }, (_, index) => newest[(first + index) % mostAttempts])
      return {
        place: { attempts, changes },
        attempts: shown.flatMap((one) => one?.text ?? []),
        skipped: first - place.attempts,
        kinds: [...lastChange].filter(([, change]) => change > place.changes).map(([kind]) => kind),
      }
    },
  }
}

/** Written once, for the first watcher that comes for it. */
class Shown {
  readonly #attempt: Attempt
  #text: string | undefined

  constructor(attempt: Attempt) {
    this.#attempt = attempt
  }

  get text(): string {
    this.#text ??= written(this.#attempt)
    return this.#text
  }
}

function written({ trail: _, key: __, at, ...attempt }: Attempt): string {
  return JSON.stringify({ ...attempt, at: new Date(at).toISOString() })
}
