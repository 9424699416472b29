/** What a resource gets to see of a request, and what it gives back: the words between HTTP and the rules. */
import type { Access } from '../access/access.ts'
import type { NoteRefusal } from '../access/refusals.ts'
import type { EnrollmentGroup } from '../enrollment/enrollment.ts'
import type { JsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import type { OneAtATime } from '../registration/one-at-a-time.ts'
import type { Settings } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Instant, Random } from '../system.ts'
import type { Saved } from './individual-enrollments.ts'

export interface ServiceApiParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  readonly access: Access
  readonly fidelity: 'landfall' | 'cloud'
  readonly noteRefusal?: NoteRefusal
  /** Told of everything that nobody foresaw, after it is logged. */
  readonly onError?: (error: unknown) => void
}

export interface Room extends ServiceApiParts {
  /** Groups are saved one after another: a signing certificate belongs to one of them (contract/semantics 2.9). */
  readonly groupTurns: OneAtATime<'groups', Saved<EnrollmentGroup>>
}

export interface Call {
  /** The id in the path, percent-decoded once; empty where the path has none. */
  readonly id: string
  readonly body: unknown
  readonly header: (name: 'if-match' | 'x-ms-max-item-count' | 'x-ms-continuation') => string | undefined
  /** The request's one instant. */
  readonly at: Instant
  readonly settings: Settings
}

/** No body means 204; anything with a body is 200, created or not (contract/service-api 1.2). */
export interface Answer {
  readonly body?: JsonObject | readonly JsonObject[]
  readonly headers?: Readonly<Record<string, string>>
  readonly warnings?: readonly string[]
}

export type Resource = (call: Call, room: Room) => Promise<Answer>
