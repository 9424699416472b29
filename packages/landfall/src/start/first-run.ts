/** What a first start makes: the id scope, the policies with their keys, the default hub. */
import { createHash } from 'node:crypto'
import { audited } from '../audit/audited.ts'
import { ownDeed } from '../audit/deed.ts'
import type { Config } from '../config.ts'
import { newEmbeddedHub } from '../hub/hubs.ts'
import { type HubName, hubNameOf, makeEtag } from '../ids.ts'
import type { Log } from '../observe/log.ts'
import { generateKey } from '../sas/key.ts'
import { serviceRights } from '../sas/policy.ts'
import type { Settings } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Random } from '../system.ts'

interface Parts {
  readonly store: Store
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'warn'>
}

/** Reads the settings, or makes them; a hub for the first `--hostname` is there afterwards. */
export async function settingsOf({ store, config, clock, random, log }: Parts): Promise<Settings> {
  const stored = await store.settings()
  const chance = config.dev ? publishedChance() : random
  const hub = hubNameOf(config.hostnames[0])
  const isThere = stored?.hubs.some((one) => one.name === hub)
  if (stored?.tpmSecret !== undefined && isThere) return stored
  const settings: Settings = {
    ...(stored ?? newInstance(chance, clock.now())),
    hubs: [...(stored?.hubs ?? []), ...(isThere ? [] : [newEmbeddedHub({ name: hub, random: chance })])],
    // never the published chance: who knows it passes for any TPM
    tpmSecret: stored?.tpmSecret ?? generateKey(random, 32),
    etag: makeEtag(random),
  }
  const expect = stored ? { etag: stored.etag } : 'absent'
  await audited(store, ownDeed('start', clock)).commit([{ put: 'settings', value: settings, expect }])
  if (stored && !isThere) tellOfOthers(hub, stored, log)
  return settings
}

/** Another --hostname than before means another default hub, and the one before goes on getting its share of devices. */
function tellOfOthers(hub: HubName, { hubs }: Settings, log: Parts['log']): void {
  const others = hubs.filter(({ linked }) => linked).map(({ name }) => name)
  if (others.length === 0) return
  log.warn(
    { hub, others },
    `The hub "${hub}" was made for --hostname. Devices are assigned to ${others.join(', ')} as well; "landfall hub unlink NAME" ends that.`,
  )
}

function newInstance(random: Random, at: number): Omit<Settings, 'hubs' | 'etag'> {
  return {
    idScope: newIdScope(random),
    serviceName: 'landfall',
    policies: [
      {
        name: 'provisioningserviceowner',
        primaryKey: generateKey(random, 32),
        secondaryKey: generateKey(random, 32),
        rights: serviceRights,
      },
    ],
    allocationPolicy: 'hashed',
    createdAt: at,
  }
}

// contract/semantics 1.10: 0ne and eight upper-case hex digits
const newIdScope = (random: Random) => `0ne${Buffer.from(random.bytes(4)).toString('hex').toUpperCase()}`

/**
 * `--dev`: the same id scope and keys on every machine, so that samples and CI files can be copied. They are public,
 * hence loopback only.
 */
function publishedChance(): Random {
  let count = 0
  const block = () => createHash('sha512').update(`landfall development credentials ${count++}`).digest()
  return {
    bytes: (wanted) => block().subarray(0, wanted),
    uuid: () =>
      block()
        .subarray(0, 16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  }
}
