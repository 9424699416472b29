/** A hub of another installation: real, with a store of its own, and sometimes out of reach. */
import { ProvisioningError, type Reason } from '../../src/fault.ts'
import { type DeviceId, hubNameOf } from '../../src/ids.ts'
import { embeddedHub } from '../../src/link/embedded.ts'
import type { HubLink } from '../../src/registration/hub.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { realRandom as random } from '../../src/system.ts'

export async function hubElsewhere(name: string) {
  const timers = { sleep: () => new Promise<void>(() => {}) }
  const store = await openSqlite({ path: ':memory:', clock: { now: () => 0 }, timers })
  const there = embeddedHub({ name: hubNameOf(name), store, random })
  const state: { trouble?: Reason; silence?: Promise<void>; calls: number } = { calls: 0 }

  async function reach() {
    state.calls++
    await state.silence
    if (state.trouble) throw new ProvisioningError(state.trouble, { hub: name, why: 'says the hub' })
  }

  const link: HubLink = {
    name: hubNameOf(name),
    remote: true,
    async assign(order) {
      await reach()
      const { changes, existed } = await there.assign(order)
      await store.commit(changes)
      return { changes: [], existed }
    },
    async readTwin(deviceId) {
      await reach()
      return there.readTwin(deviceId)
    },
    async readPrimaryKey(deviceId) {
      await reach()
      return there.readPrimaryKey(deviceId)
    },
    async remove(deviceId) {
      await reach()
      await store.commit((await there.remove(deviceId)).changes)
      return { changes: [] }
    },
  }
  return { link, state, device: (id: string) => store.device(hubNameOf(name), id as DeviceId) }
}
