import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realTimers } from '../../system.ts'
import { type OpenStore, testStore } from '../contract.ts'
import type { Store } from '../store.ts'
import { openSqlite } from './open.ts'

const open: OpenStore = async (options) => {
  const directory = await mkdtemp(join(tmpdir(), 'landfall-store-'))
  const openFile = () => openSqlite({ path: join(directory, 'landfall.db'), timers: realTimers, ...options })
  const store = await openFile()
  let current: Store = store
  return {
    store,
    async reopen() {
      await current.close()
      current = await openFile()
      return current
    },
    async [Symbol.asyncDispose]() {
      await current.close()
      await rm(directory, { recursive: true })
    },
  }
}

testStore('SQLite', open)
