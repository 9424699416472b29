/** jose, read with the first bearer token: it takes over 1 MiB, and most services never see one. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const jose = (): typeof import('jose') => require('jose')
