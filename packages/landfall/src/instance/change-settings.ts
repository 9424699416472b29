/** Changing the instance's settings: a pure step from the old document to the new, repeated where another came first. */
import { ProvisioningError } from '../fault.ts'
import { makeEtag } from '../ids.ts'
import { OneAtATime } from '../registration/one-at-a-time.ts'
import type { Settings } from '../store/settings.ts'
import { type Change, Conflict } from '../store/store.ts'
import type { InstanceParts } from './parts.ts'

/** Besides the operator API only a start changes settings, and another process on the same store. */
const attempts = 5

type Step = (settings: Settings) => Settings

const turns = new OneAtATime<'settings', Settings>()

/**
 * `also`: changes that happen together with the new settings or not at all. One after another: a script that makes
 * fifty policies at once would else be told that somebody came first.
 */
export function changeSettings(parts: InstanceParts, step: Step, also: readonly Change[] = []): Promise<Settings> {
  return turns.run('settings', () => change(parts, step, also))
}

async function change({ store, random }: InstanceParts, step: Step, also: readonly Change[]): Promise<Settings> {
  for (let left = attempts; ; left--) {
    const before = await readSettings({ store })
    const after: Settings = { ...step(before), etag: makeEtag(random) }
    refuseLarge(after, before)
    try {
      await store.commit([{ put: 'settings', value: after, expect: { etag: before.etag } }, ...also])
      return after
    } catch (error) {
      if (left === 0 || !(error instanceof Conflict)) throw error
    }
  }
}

/** A bound of our own: every request reads them, of devices too. Some 200 hubs of this service, or a thousand policies. */
const largestSettings = 256 * 1024

/** What makes them smaller is never refused. */
function refuseLarge(after: Settings, before: Settings): void {
  const size = sizeOf(after)
  if (size <= largestSettings || size <= sizeOf(before)) return
  throw new ProvisioningError('invalid', {
    message: `The settings of this service would be larger than ${largestSettings / 1024} KiB, and every request reads them. Delete hubs, shared access policies or tokens that nobody uses.`,
  })
}

const sizeOf = (settings: Settings) => JSON.stringify(settings).length

export async function readSettings({ store }: Pick<InstanceParts, 'store'>): Promise<Settings> {
  const settings = await store.settings()
  if (!settings) throw new ProvisioningError('internal')
  return settings
}
