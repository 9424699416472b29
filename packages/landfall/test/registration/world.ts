/** A registration engine on a real store and embedded hubs, with a clock that is set by hand. */
import type { CaCertificate } from '../../src/enrollment/ca-certificate.ts'
import type {
  Attestation,
  EnrolledCertificate,
  EnrollmentGroup,
  IndividualEnrollment,
} from '../../src/enrollment/enrollment.ts'
import { newEmbeddedHub } from '../../src/hub/hubs.ts'
import {
  caKeyOf,
  type DeviceId,
  groupKeyOf,
  hubNameOf,
  keyOf,
  makeEtag,
  makeTrackingId,
  parseCaName,
  parseGroupId,
  parseRegistrationId,
} from '../../src/ids.ts'
import { linkHubs } from '../../src/link/hubs.ts'
import type { Attempt } from '../../src/registration/attempt.ts'
import { makeEngine } from '../../src/registration/engine.ts'
import type { HubLink, Hubs } from '../../src/registration/hub.ts'
import { landfallOptions, type RegistrationOptions } from '../../src/registration/options.ts'
import type { Answer, Evidence, RegistrationRequest } from '../../src/registration/request.ts'
import type { Webhooks } from '../../src/registration/webhook.ts'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { makeToken } from '../../src/sas/token.ts'
import type { HubSetting, Settings } from '../../src/store/settings.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { realRandom as random } from '../../src/system.ts'
import { type Certificate, certificateInfoOf } from '../../src/x509/certificate.ts'

export const idScope = '0ne00000A0A'
export const start = Date.parse('2030-01-01T00:00:00Z')
export const minutes = (count: number) => count * 60_000
export const days = (count: number) => count * 24 * 60 * 60_000

type Members<T> = Partial<Omit<T, 'kind' | 'attestation' | 'key'>>

export type World = Awaited<ReturnType<typeof makeWorld>>

export async function makeWorld({
  hubs = ['hub-a.example'],
  options = {},
  path = ':memory:',
}: {
  readonly hubs?: readonly (string | Partial<HubSetting>)[]
  readonly options?: Partial<RegistrationOptions>
  readonly path?: string
} = {}) {
  let now = start
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms
    },
  }
  // time passes only by hand; what sleeps wakes when the clock has passed its hour
  const timers = {
    async sleep(ms: number, signal?: AbortSignal) {
      const until = now + ms
      while (now < until && !signal?.aborted) await new Promise((resolve) => setImmediate(resolve))
    },
  }
  const store = await openSqlite({ path, clock, timers: { sleep: () => new Promise<void>(() => {}) } })
  await store.commit([{ put: 'settings', value: settingsWith(hubs, now), expect: 'absent' }])
  const remotes = new Map<string, HubLink>()
  const attempts: Attempt[] = []
  const errors: object[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (facts: object) => void errors.push(facts) }
  const linked = linkHubs({ store, clock, random, timers, log })
  const hubsOf: Hubs = { ...linked, open: async (name, settings) => remotes.get(name) ?? linked.open(name, settings) }
  const far: { webhook: Webhooks['ask'] } = {
    webhook: async () => ({ trouble: { told: 'nobody is there', why: 'nobody' } }),
  }
  const startEngine = () =>
    makeEngine({
      store,
      hubs: hubsOf,
      webhooks: { ask: (...asked) => far.webhook(...asked) },
      clock,
      random,
      timers,
      options: { ...landfallOptions, ...options },
      onAttempt: (attempt) => void attempts.push(attempt),
      log,
    })
  let engine = startEngine()

  const ask = (registrationId: string, evidence: Partial<Evidence>, more: Partial<RegistrationRequest> = {}) => ({
    trackingId: makeTrackingId(random),
    idScope,
    registrationId,
    evidence: { certificates: [], ...evidence },
    apiVersion: '2021-06-01',
    transport: 'https' as const,
    at: clock.now(),
    ...more,
  })

  return {
    store,
    clock,
    get engine() {
      return engine
    },
    /** As after an end of the service: what was under way goes on from disk. */
    async restart() {
      await engine.close()
      engine = startEngine()
      await engine.resumePending()
    },
    /** Lets everything happen that does not wait for the clock. */
    async settle() {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
    attempts,
    errors,
    remotes,
    /** What stands at the far end of every webhook's URL. */
    far,
    ask,
    async register(...asked: Parameters<typeof ask>): Promise<Answer> {
      const answer = await engine.register(ask(...asked))
      if (answer.kind === 'challenge') throw new Error('a TPM is challenged')
      return answer
    },
    async challenge(...asked: Parameters<typeof ask>): Promise<string> {
      const answer = await engine.register(ask(...asked))
      if (answer.kind !== 'challenge') throw new Error('no TPM is challenged')
      return answer.authenticationKey
    },

    async individual(id: string, attestation: Attestation, members: Members<IndividualEnrollment> = {}) {
      const registrationId = parseRegistrationId(id)
      const key = keyOf(registrationId)
      const value = {
        kind: 'individual',
        registrationId,
        key,
        attestation,
        ...common(clock.now()),
        ...members,
      } as const
      await store.commit([{ put: 'individual', value, expect: 'any' }])
      return value
    },
    async group(id: string, attestation: Attestation, members: Members<EnrollmentGroup> = {}) {
      const groupId = parseGroupId(id)
      const value = {
        kind: 'group',
        groupId,
        key: groupKeyOf(groupId),
        attestation,
        ...common(clock.now()),
        ...members,
      } as const
      await store.commit([{ put: 'group', value, expect: 'any' }])
      return value
    },
    async ca(name: string, certificate: Certificate, isVerified = true) {
      const caName = parseCaName(name)
      const at = clock.now()
      const value: CaCertificate = {
        name: caName,
        key: caKeyOf(caName),
        certificate: enrolled(certificate),
        isVerified,
        createdAt: at,
        updatedAt: at,
        etag: makeEtag(random),
      }
      await store.commit([{ put: 'caCertificate', value, expect: 'any' }])
      return value
    },
    async relink(...names: readonly (string | Partial<HubSetting>)[]) {
      await store.commit([{ put: 'settings', value: settingsWith(names, now), expect: 'any' }])
    },
    device: (hub: string, deviceId: string) => store.device(hubNameOf(hub), deviceId as DeviceId),
    twin: (hub: string, deviceId: string) => store.twin(hubNameOf(hub), deviceId as DeviceId),
    record: (id: string) => store.registration(keyOf(parseRegistrationId(id))),
    token: (id: string, key: string, expiry = clock.now() + minutes(60), resource = `${idScope}/registrations/${id}`) =>
      makeToken({ resource, key, expiry, policyName: 'registration' }),
    async [Symbol.asyncDispose]() {
      await engine.close()
      await store.close()
    },
  }
}

function settingsWith(hubs: readonly (string | Partial<HubSetting>)[], at: number): Settings {
  return {
    idScope,
    serviceName: 'landfall',
    policies: [],
    hubs: hubs.map((hub) => {
      const members = typeof hub === 'string' ? { name: hubNameOf(hub) } : hub
      return { ...newEmbeddedHub({ name: hubNameOf('unnamed'), random }), ...members } as HubSetting
    }),
    allocationPolicy: 'hashed',
    tpmSecret: aKey('tpm'),
    createdAt: at,
    etag: makeEtag(random),
  }
}

const common = (at: number) =>
  ({ provisioningStatus: 'enabled', createdAt: at, updatedAt: at, etag: makeEtag(random) }) as const

export function enrolled(certificate: Certificate): EnrolledCertificate {
  return { der: Buffer.from(certificate.der).toString('base64'), info: certificateInfoOf(certificate) }
}

export const keys = (primaryKey: string, secondaryKey: string) =>
  ({ type: 'symmetricKey', primaryKey, secondaryKey }) as const

export const signing = (primary: Certificate, secondary?: Certificate) =>
  ({
    type: 'x509',
    kind: 'signingCertificates',
    primary: enrolled(primary),
    ...(secondary && { secondary: enrolled(secondary) }),
  }) as const

export const client = (primary: Certificate, secondary?: Certificate) =>
  ({
    type: 'x509',
    kind: 'clientCertificates',
    primary: enrolled(primary),
    ...(secondary && { secondary: enrolled(secondary) }),
  }) as const

export const references = (primary: string) =>
  ({ type: 'x509', kind: 'caReferences', primary: parseCaName(primary) }) as const

export const aKey = (letter: string) => Buffer.alloc(32, letter).toString('base64')
export { deriveDeviceKey }
