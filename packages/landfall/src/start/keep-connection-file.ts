/** `connection.json` says how the service is reached as long as it runs: keys in it may be rotated meanwhile. */
import { type ConnectionFile, removeConnectionFile, writeConnectionFile } from '../connection-file.ts'
import type { Log } from '../observe/log.ts'
import type { Settings } from '../store/settings.ts'
import type { Change } from '../store/store.ts'

export interface KeptConnectionFile {
  /** To be called with what each commit changed, once it is on disk. */
  committed(changes: readonly Change[]): void
  remove(): void
}

export function keepConnectionFile(
  dataDir: string,
  { connectionOf, log }: { readonly connectionOf: (settings: Settings) => ConnectionFile; readonly log: Log },
): KeptConnectionFile {
  let isRemoved = false

  /** A disk that refuses must not keep anything else from going on. */
  const orTell = (what: string, work: () => void) => {
    try {
      work()
    } catch (error) {
      log.warn({ err: error }, `connection.json could not be ${what}`)
    }
  }

  return {
    committed(changes) {
      const put = changes.findLast((change) => 'put' in change && change.put === 'settings')
      if (isRemoved || !put) return
      const { value } = put
      orTell('written', () => writeConnectionFile(dataDir, connectionOf(value)))
    },
    remove() {
      isRemoved = true
      orTell('removed', () => removeConnectionFile(dataDir))
    },
  }
}
