/** What the portal's routes need, given by the composition root. */
import type { Access } from '../access/access.ts'
import type { NoteRefusal } from '../access/refusals.ts'
import type { Log } from '../observe/log.ts'
import type { Clock, Random } from '../system.ts'
import type { PortalFiles } from './files.ts'

export interface PortalParts {
  readonly access: Access
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'info' | 'error'>
  /** Asked for with the first page: a service that nobody looks at does not hold them. */
  readonly files: () => PortalFiles
  readonly noteRefusal: NoteRefusal
}
