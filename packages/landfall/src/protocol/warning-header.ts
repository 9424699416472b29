/** Warnings about what was done nevertheless, as the text of one header (contract/semantics 19.16). */
import { printable } from '../ids.ts'

export const warningHeader = 'x-landfall-warning'

/** Clients give up on headers of more than some kilobytes. */
const longest = 2000

export const warningText = (sentences: readonly string[]): string =>
  printable(sentences.join(' ').replace(/[^\x20-\x7e]/g, '?'), longest).replace(/…$/, '...')
