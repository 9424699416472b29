/** contract/semantics 18, row by row: what the device gets, what the record says, what stands on the hub. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  aKey,
  start as at,
  client,
  days,
  idScope,
  keys,
  makeWorld,
  minutes,
  references,
  signing,
  type World,
} from '../../test/registration/world.ts'
import { ProvisioningError, type Reason } from '../fault.ts'
import type { DeviceId } from '../ids.ts'
import { hubNameOf, keyOf, parseRegistrationId } from '../ids.ts'
import { deriveDeviceKey, hmacSha256 } from '../sas/key.ts'
import { realRandom as random } from '../system.ts'
import { issueDevice, issueIntermediate, issueRoot, issueSelfSigned } from '../x509/issue.ts'
import { cloudOptions, landfallOptions } from './options.ts'
import type { Answer } from './request.ts'

const hub = 'hub-a.example'
const root = await issueRoot({ commonName: 'Root', at, random })
const int1 = await issueIntermediate({ commonName: 'Int 1', ca: root, at, random })
const int2 = await issueIntermediate({ commonName: 'Int 2', ca: int1, at, random })
const otherRoot = await issueRoot({ commonName: 'Other root', at, random })
const ofRoot = await issueDevice({ registrationId: 'dev-1', ca: root, at, random })
const ofInt1 = await issueDevice({ registrationId: 'dev-1', ca: int1, at, random })
const ofInt2 = await issueDevice({ registrationId: 'dev-1', ca: int2, at, random })
const selfA = await issueSelfSigned({ registrationId: 'dev-1', at, random })
const selfB = await issueSelfSigned({ registrationId: 'dev-1', at, random, keys: selfA.keys })

const primary = aKey('p')
const secondary = aKey('s')
const thumbprintOf = ({ certificate }: { certificate: { sha256Thumbprint: string } }) => certificate.sha256Thumbprint
const sent = (...chain: readonly { der: Uint8Array }[]) => ({ certificates: chain.map(({ der }) => der) })

/** What came of it: `assigned initialAssignment`, `failed 400208`, `refused anchor_unknown`. */
async function outcomeOf(answer: Promise<Answer>) {
  try {
    const { kind, registration } = await answer
    const outcome = `${kind} ${registration?.substatus ?? registration?.errorCode}`
    return { outcome, shows: registration?.registrationId }
  } catch (error) {
    if (!(error instanceof ProvisioningError)) throw error
    return { outcome: `refused ${error.code} ${error.reason}`, shows: error.message }
  }
}

const assigned = 'assigned initialAssignment'
const again = 'assigned reprovisionedToInitialAssignment'
const no = (reason: Reason, code = 401002) => `refused ${code} ${reason}`

interface Situation {
  readonly title: string
  readonly given?: (world: World) => Promise<unknown>
  readonly when: (world: World) => Promise<Answer>
  readonly yields: string
  /** What else must hold. */
  readonly and?: (world: World) => Promise<unknown>
}

const bySas = (world: World, id = 'dev-1', key = primary) => world.register(id, { sasToken: world.token(id, key) })
const symmetric = (world: World) => world.individual('dev-1', keys(primary, secondary))
const symmetricGroup = (world: World) => world.group('grp', keys(primary, secondary))
const derived = (id = 'dev-1', key = primary) => deriveDeviceKey(key, id)
const rootGroup = async (world: World) => {
  await world.ca('root', root.certificate)
  await world.group('g-root', signing(root.certificate))
}
const int2Group = async (world: World) => {
  await world.ca('root', root.certificate)
  await world.group('g-int2', signing(int2.certificate))
}
const authenticationOf = async (world: World, id = 'dev-1') => (await world.device(hub, id))?.authentication
const untouched = async (world: World) => {
  expect(await world.record('dev-1')).toBeUndefined()
  expect(await world.device(hub, 'dev-1')).toBeUndefined()
}
const disabledRecord = async (world: World) => {
  const record = await world.record('dev-1')
  expect(record).toMatchObject({ status: 'disabled', errorCode: 401003 })
  expect(record?.assignedHub).toBeUndefined()
  expect(await world.device(hub, 'dev-1')).toBeUndefined()
}

/** Signs whatever `sr` stands there. */
function tokenWith(sr: string, key: string, tail: string, se = Math.floor(at / 1000) + 3600): string {
  const sig = hmacSha256(Buffer.from(key, 'base64'), `${sr}\n${se}`).toString('base64')
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}${tail}`
}

const symmetricRows: readonly Situation[] = [
  {
    title: '1 individual, primary key, first time',
    given: (world) =>
      world.individual('dev-1', keys(primary, secondary), {
        initialTwin: { tags: { line: 7 }, desired: { on: true } },
      }),
    when: bySas,
    yields: assigned,
    async and(world) {
      expect(await authenticationOf(world)).toEqual({ type: 'sas', primaryKey: primary, secondaryKey: secondary })
      expect(await world.twin(hub, 'dev-1')).toMatchObject({
        tags: { line: 7 },
        desired: { on: true },
        desiredVersion: 1,
      })
      expect(await world.record('dev-1')).toMatchObject({ status: 'assigned', assignedHub: hub })
    },
  },
  {
    title: '2 individual, secondary key',
    given: symmetric,
    when: (world) => bySas(world, 'dev-1', secondary),
    yields: assigned,
  },
  {
    title: '3 primary, then at once secondary',
    given: async (world) => {
      await symmetric(world)
      await bySas(world)
    },
    when: (world) => bySas(world, 'dev-1', secondary),
    yields: again,
    and: async (world) => expect(await authenticationOf(world)).toMatchObject({ primaryKey: primary }),
  },
  {
    title: '4 wrong key',
    given: symmetric,
    when: (world) => bySas(world, 'dev-1', aKey('x')),
    yields: no('sas_wrong_key'),
    and: untouched,
  },
  {
    title: '5 a token that is no token',
    given: symmetric,
    when: (world) => world.register('dev-1', { sasToken: 'SharedAccessSignature sr=a&sig=%%%&se=1' }),
    yields: no('sas_malformed'),
  },
  {
    title: '6 a token that expired more than 5 minutes ago',
    given: symmetric,
    when: (world) => world.register('dev-1', { sasToken: world.token('dev-1', primary, at - minutes(6)) }),
    yields: no('sas_expired'),
    and: untouched,
  },
  {
    title: '6b a token that expired less than 5 minutes ago',
    given: symmetric,
    when: (world) => world.register('dev-1', { sasToken: world.token('dev-1', primary, at - minutes(4)) }),
    yields: assigned,
  },
  {
    title: '7 a token for another registration id',
    given: symmetric,
    when: (world) => world.register('dev-1', { sasToken: world.token('dev-2', primary) }),
    yields: no('sas_wrong_scope'),
  },
  {
    title: '7b a token for another scope',
    given: symmetric,
    when: (world) =>
      world.register('dev-1', { sasToken: tokenWith('0ne00FFFFFF/registrations/dev-1', primary, '&skn=registration') }),
    yields: no('sas_wrong_scope'),
  },
  {
    title: '8 Java: sr not encoded, skn empty',
    given: symmetric,
    when: (world) =>
      world.register('dev-1', { sasToken: tokenWith(`${idScope}/registrations/dev-1`, primary, '&skn=') }),
    yields: assigned,
  },
  {
    title: '9 C: lower-case hex, colon encoded',
    given: (world) => world.individual('a:b', keys(primary, secondary)),
    when: (world) =>
      world.register('a:b', {
        sasToken: tokenWith(`${idScope}%2fregistrations%2fa%3ab`, primary, '&skn=registration'),
      }),
    yields: assigned,
  },
  {
    title: '9b another skn than registration',
    given: symmetric,
    when: (world) =>
      world.register('dev-1', {
        sasToken: tokenWith(`${idScope}/registrations/dev-1`, primary, '&skn=provisioningserviceowner'),
      }),
    yields: no('sas_malformed'),
  },
  {
    title: '10 no enrollment for the id, no group key fits',
    given: symmetricGroup,
    when: bySas,
    yields: no('unknown_enrollment'),
    and: untouched,
  },
  {
    title: '11 no enrollment, TPM',
    when: (world) => world.register('dev-1', { tpm: { endorsementKey: 'AAAA' } }),
    yields: no('tpm_unknown_enrollment', 404201),
  },
  {
    title: '12 unknown id scope',
    given: symmetric,
    when: (world) => world.register('dev-1', { sasToken: world.token('dev-1', primary) }, { idScope: '0neFFFFFFFF' }),
    yields: no('unknown_id_scope'),
  },
  {
    title: '12b the id scope in other letter case',
    given: symmetric,
    when: (world) =>
      world.register('dev-1', { sasToken: world.token('dev-1', primary) }, { idScope: idScope.toLowerCase() }),
    yields: assigned,
  },
  {
    title: '13 individual disabled, right key',
    given: (world) => world.individual('dev-1', keys(primary, secondary), { provisioningStatus: 'disabled' }),
    when: bySas,
    yields: 'disabled 401003',
    and: disabledRecord,
  },
  {
    title: '13b individual disabled, wrong key: nothing is told',
    given: (world) => world.individual('dev-1', keys(primary, secondary), { provisioningStatus: 'disabled' }),
    when: (world) => bySas(world, 'dev-1', aKey('x')),
    yields: no('sas_wrong_key'),
    and: untouched,
  },
  {
    title: '14 individual disabled (symmetric), the device shows a valid chain of a group',
    async given(world) {
      await rootGroup(world)
      await world.individual('dev-1', keys(primary, secondary), { provisioningStatus: 'disabled' })
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: 'disabled 401003',
    and: disabledRecord,
  },
  {
    title: '14b individual disabled (symmetric), the device shows a chain that no group knows',
    given: (world) => world.individual('dev-1', keys(primary, secondary), { provisioningStatus: 'disabled' }),
    when: (world) => world.register('dev-1', sent(selfA)),
    yields: no('wrong_attestation'),
    and: untouched,
  },
  {
    title: '14c individual disabled (X.509), the device shows a key derived from a group',
    async given(world) {
      await symmetricGroup(world)
      await world.individual('dev-1', client(selfA.certificate), { provisioningStatus: 'disabled' })
    },
    when: (world) => bySas(world, 'dev-1', derived()),
    yields: 'disabled 401003',
  },
  {
    title: '15 individual enabled (symmetric), the device shows a valid chain of a group',
    async given(world) {
      await rootGroup(world)
      await symmetric(world)
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: no('wrong_attestation'),
    and: untouched,
  },
  {
    title: '16 individual enabled (leaf A), the device shows leaf B of a group',
    async given(world) {
      await rootGroup(world)
      await world.individual('dev-1', client(selfA.certificate))
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: no('certificate_differs'),
    and: untouched,
  },
  {
    title: '17 individual deleted, group enabled',
    async given(world) {
      await rootGroup(world)
      await world.individual('dev-1', client(selfA.certificate))
      await world.register('dev-1', sent(selfA))
      await world.store.commit([{ delete: 'individual', key: keyOf(parseRegistrationId('dev-1')), expect: 'present' }])
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: again,
    and: async (world) =>
      expect(await authenticationOf(world)).toMatchObject({ primaryThumbprint: thumbprintOf(ofRoot) }),
  },
  {
    title: '18 group, derived from the primary',
    given: symmetricGroup,
    when: (world) => bySas(world, 'dev-1', derived()),
    yields: assigned,
    async and(world) {
      expect(await world.record('dev-1')).toMatchObject({ attestation: 'symmetricKey', group: { id: 'grp' } })
      expect(await authenticationOf(world)).toEqual({
        type: 'sas',
        primaryKey: derived(),
        secondaryKey: derived('dev-1', secondary),
      })
    },
  },
  {
    title: '19 group, derived from the secondary',
    given: symmetricGroup,
    when: (world) => bySas(world, 'dev-1', derived('dev-1', secondary)),
    yields: assigned,
    and: async (world) => expect(await authenticationOf(world)).toMatchObject({ primaryKey: derived() }),
  },
  { title: '20 the group key itself', given: symmetricGroup, when: bySas, yields: no('unknown_enrollment') },
  {
    title: '21 derived with another letter case of the id',
    given: symmetricGroup,
    when: (world) => bySas(world, 'DEV-1', derived('dev-1')),
    yields: assigned,
    and: async (world) =>
      expect(await authenticationOf(world, 'DEV-1')).toMatchObject({ primaryKey: derived('dev-1') }),
  },
  {
    title: '22 group disabled, right derived key',
    given: (world) => world.group('grp', keys(primary, secondary), { provisioningStatus: 'disabled' }),
    when: (world) => bySas(world, 'dev-1', derived()),
    yields: 'disabled 401003',
    and: disabledRecord,
  },
  {
    title: '22b group disabled, another key: irrelevant',
    given: (world) => world.group('grp', keys(primary, secondary), { provisioningStatus: 'disabled' }),
    when: (world) => bySas(world, 'dev-1', aKey('x')),
    yields: no('unknown_enrollment'),
    and: untouched,
  },
  {
    title: "23 the group's keys were rotated, the device uses the old",
    async given(world) {
      await symmetricGroup(world)
      await bySas(world, 'dev-1', derived())
      await world.group('grp', keys(aKey('n'), aKey('m')))
    },
    when: (world) => bySas(world, 'dev-1', derived()),
    yields: no('sas_wrong_key'),
    async and(world) {
      expect(await world.record('dev-1')).toMatchObject({ status: 'assigned' })
      expect(await authenticationOf(world)).toMatchObject({ primaryKey: derived() })
    },
  },
  {
    title: '23b one master key in two groups: the one of the record is preferred',
    async given(world) {
      await world.group('grp-b', keys(primary, secondary))
      await bySas(world, 'dev-1', derived())
      await world.group('grp-a', keys(primary, secondary))
    },
    when: (world) => bySas(world, 'dev-1', derived()),
    yields: again,
    and: async (world) => expect(await world.record('dev-1')).toMatchObject({ group: { id: 'grp-b' } }),
  },
]

const otherName = await issueDevice({ registrationId: 'dev-2', ca: root, at, random })
const upperCase = await issueDevice({ registrationId: 'DEV-1', ca: root, at, random })
const longName = await issueDevice({ registrationId: 'x'.repeat(65), ca: root, at, random })
const yesterday = await issueDevice({ registrationId: 'dev-1', ca: root, at: at - days(40), random })
const tomorrow = await issueDevice({ registrationId: 'dev-1', ca: root, at: at + days(1), random })
const selfYesterday = await issueSelfSigned({ registrationId: 'dev-1', at: at - days(40), random })
const selfTomorrow = await issueSelfSigned({ registrationId: 'dev-1', at: at + days(1), random })
const forger = await issueRoot({ commonName: 'Root', at, random })
const forged = await issueDevice({ registrationId: 'dev-1', ca: forger, at, random })
const ofDevice = await issueDevice({ registrationId: 'dev-1', ca: { ...otherName }, at, random })
const oldInt = await issueIntermediate({ commonName: 'Old int', ca: root, at: at - days(40), random })
const ofOldInt = await issueDevice({ registrationId: 'dev-1', ca: oldInt, at, random })
const oldRoot = await issueRoot({ commonName: 'Old root', at: at - days(40), random })
const ofOldRoot = await issueDevice({ registrationId: 'dev-1', ca: oldRoot, at, random })
const weak = await issueDevice({ registrationId: 'dev-1', ca: root, at, random, keys: weakKeys() })
const renewed = await issueDevice({ registrationId: 'dev-1', ca: root, at, random })

function weakKeys() {
  return generateKeyPairSync('rsa', { modulusLength: 1024 })
}

const x509Rows: readonly Situation[] = [
  {
    title: '24 individual, self-signed, primary',
    given: (world) => world.individual('dev-1', client(selfA.certificate)),
    when: (world) => world.register('dev-1', sent(selfA)),
    yields: assigned,
    async and(world) {
      const thumbprint = thumbprintOf(selfA)
      expect(await authenticationOf(world)).toEqual({
        type: 'selfSigned',
        primaryThumbprint: thumbprint,
        secondaryThumbprint: thumbprint,
      })
      const record = await world.record('dev-1')
      expect(record).toMatchObject({ attestation: 'x509', status: 'assigned' })
      expect(record?.group).toBeUndefined()
    },
  },
  {
    title: "25 individual, secondary certificate: the hub's thumbprint becomes its",
    async given(world) {
      await world.individual('dev-1', client(selfA.certificate, selfB.certificate))
      await world.register('dev-1', sent(selfA))
    },
    when: (world) => world.register('dev-1', sent(selfB)),
    yields: again,
    and: async (world) =>
      expect(await authenticationOf(world)).toMatchObject({ primaryThumbprint: thumbprintOf(selfB) }),
  },
  {
    title: '26 individual, CA-issued leaf sent alone',
    given: (world) => world.individual('dev-1', client(ofInt2.certificate)),
    when: (world) => world.register('dev-1', sent(ofInt2)),
    yields: assigned,
  },
  {
    title: '27 individual, another leaf with the same name and key',
    given: (world) => world.individual('dev-1', client(selfA.certificate)),
    when: (world) => world.register('dev-1', sent(selfB)),
    yields: no('certificate_differs'),
    and: untouched,
  },
  {
    title: '28 individual, leaf expired',
    given: (world) => world.individual('dev-1', client(selfYesterday.certificate)),
    when: (world) => world.register('dev-1', sent(selfYesterday)),
    yields: no('expired'),
  },
  {
    title: '29 individual, leaf not yet valid',
    given: (world) => world.individual('dev-1', client(selfTomorrow.certificate)),
    when: (world) => world.register('dev-1', sent(selfTomorrow)),
    yields: no('not_yet_valid'),
  },
  {
    title: '29b group, leaf expired',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(yesterday)),
    yields: no('expired'),
  },
  {
    title: '29c group, leaf not yet valid',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(tomorrow)),
    yields: no('not_yet_valid'),
  },
  {
    title: '30 common name and registration id differ',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(otherName)),
    yields: no('id_mismatch'),
    and: untouched,
  },
  {
    title: '30b individual saved for a certificate of another name',
    given: (world) => world.individual('dev-1', client(otherName.certificate)),
    when: (world) => world.register('dev-1', sent(otherName)),
    yields: no('id_mismatch'),
  },
  {
    title: '31 common name equal but for letter case',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(upperCase)),
    yields: assigned,
  },
  {
    title: '31b ids that differ in letter case are one record; the device id is as first registered',
    async given(world) {
      await rootGroup(world)
      await world.register('DEV-1', sent(upperCase))
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: again,
    and: async (world) =>
      expect(await world.record('dev-1')).toMatchObject({ registrationId: 'DEV-1', deviceId: 'DEV-1' }),
  },
  {
    title: '33 a common name of 65 characters',
    given: rootGroup,
    when: (world) => world.register('x'.repeat(65), sent(longName)),
    yields: no('malformed'),
  },
  {
    title: '34 an id of 129 characters',
    when: (world) => world.register('x'.repeat(129), sent(ofRoot)),
    yields: no('bad_id', 400004),
  },
  {
    title: '34b an id that ends in a dot',
    when: (world) => world.register('dev-1.', sent(ofRoot)),
    yields: no('bad_id', 400004),
  },
  {
    title: '35 another id in the body',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofRoot), { bodyRegistrationId: 'dev-2' }),
    yields: no('body_id_differs', 400004),
    and: untouched,
  },
  {
    title: '35b the same id in the body, in other letter case',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofRoot), { bodyRegistrationId: 'DEV-1' }),
    yields: assigned,
  },
  {
    title: '36 group of a verified root, leaf sent alone',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: assigned,
    async and(world) {
      expect(await world.record('dev-1')).toMatchObject({ attestation: 'x509', group: { id: 'g-root' } })
      expect(await authenticationOf(world)).toMatchObject({
        type: 'selfSigned',
        primaryThumbprint: thumbprintOf(ofRoot),
      })
    },
  },
  {
    title: '37 group of a verified root, leaf and intermediate sent',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofInt1, int1)),
    yields: assigned,
  },
  {
    title: '38 group of intermediate 2, root verified, chain sent without root',
    given: int2Group,
    when: (world) => world.register('dev-1', sent(ofInt2, int2, int1)),
    yields: assigned,
  },
  {
    title: '38b the same, in another order, with a stranger and a duplicate among them',
    given: int2Group,
    when: (world) => world.register('dev-1', sent(ofInt2, root, otherRoot, int1, int2, int1)),
    yields: assigned,
  },
  {
    title: '39 the same, intermediate 1 missing',
    given: int2Group,
    when: (world) => world.register('dev-1', sent(ofInt2, int2)),
    yields: no('anchor_unverified'),
    and: untouched,
  },
  {
    title: '39b the same, intermediate 1 missing but stored: completed (19.4)',
    async given(world) {
      await int2Group(world)
      await world.ca('int1', int1.certificate, false)
    },
    when: (world) => world.register('dev-1', sent(ofInt2)),
    yields: assigned,
  },
  {
    title: '40 group of an intermediate that is verified itself, leaf sent alone',
    async given(world) {
      await world.ca('int1', int1.certificate)
      await world.group('g-int1', signing(int1.certificate))
    },
    when: (world) => world.register('dev-1', sent(ofInt1)),
    yields: assigned,
  },
  {
    title: '41 group of an intermediate, nothing verified',
    given: (world) => world.group('g-int1', signing(int1.certificate)),
    when: (world) => world.register('dev-1', sent(ofInt1, int1, root)),
    yields: no('anchor_unverified'),
    and: untouched,
  },
  {
    title: "41b only a certificate below the group's is verified",
    async given(world) {
      await world.ca('int2', int2.certificate)
      await world.group('g-int1', signing(int1.certificate))
    },
    when: (world) => world.register('dev-1', sent(ofInt2, int2, int1)),
    yields: no('anchor_unverified'),
  },
  {
    title: '42 group by reference to an unverified CA',
    async given(world) {
      await world.ca('root', root.certificate, false)
      await world.group('g-root', references('root'))
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: no('anchor_unverified'),
  },
  {
    title: '42b group by reference to a verified CA',
    async given(world) {
      await world.ca('root', root.certificate)
      await world.group('g-root', references('ROOT'))
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: assigned,
  },
  {
    title: '43 group by reference, CA deleted since',
    async given(world) {
      const ca = await world.ca('root', root.certificate)
      await world.group('g-root', references('root'))
      await world.register('dev-1', sent(ofRoot))
      await world.store.commit([{ delete: 'caCertificate', key: ca.key, expect: 'present' }])
    },
    when: (world) => world.register('dev-1', sent(ofRoot, root)),
    yields: no('anchor_unknown'),
  },
  {
    title: '44 no group at all for the chain',
    when: (world) => world.register('dev-1', sent(ofInt1, int1, root)),
    yields: no('anchor_unknown'),
    and: untouched,
  },
  {
    title: '44b no group at all, leaf sent alone',
    when: (world) => world.register('dev-1', sent(ofInt1)),
    yields: no('chain_incomplete'),
  },
  {
    title: '44d the CA is stored and verified, but no group names it',
    given: (world) => world.ca('root', root.certificate),
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: no('anchor_unknown'),
  },
  {
    title: '44c no enrollment for a self-signed leaf',
    when: (world) => world.register('dev-1', sent(selfA)),
    yields: no('unknown_enrollment'),
  },
  {
    title: '45 group of the root enabled, of intermediate 2 disabled: the nearest stops',
    async given(world) {
      await rootGroup(world)
      await world.group('g-int2', signing(int2.certificate), { provisioningStatus: 'disabled' })
    },
    when: (world) => world.register('dev-1', sent(ofInt2, int2, int1)),
    yields: 'disabled 401003',
    and: disabledRecord,
  },
  {
    title: '46 group of the root disabled, of intermediate 2 enabled',
    async given(world) {
      await world.ca('root', root.certificate)
      await world.group('g-root', signing(root.certificate), { provisioningStatus: 'disabled' })
      await world.group('g-int2', signing(int2.certificate))
    },
    when: (world) => world.register('dev-1', sent(ofInt2, int2, int1)),
    yields: assigned,
    and: async (world) => expect(await world.record('dev-1')).toMatchObject({ group: { id: 'g-int2' } }),
  },
  {
    title: '47 groups of root and intermediate 2 enabled: the nearest decides, with its twin',
    async given(world) {
      await world.ca('root', root.certificate)
      await world.group('g-root', signing(root.certificate), { initialTwin: { tags: { from: 'root' } } })
      await world.group('g-int2', signing(int2.certificate), { initialTwin: { tags: { from: 'int2' } } })
    },
    when: (world) => world.register('dev-1', sent(ofInt2, int2, int1)),
    yields: assigned,
    async and(world) {
      expect(await world.record('dev-1')).toMatchObject({ group: { id: 'g-int2' } })
      expect((await world.twin(hub, 'dev-1'))?.tags).toEqual({ from: 'int2' })
    },
  },
  {
    title: '48 group of intermediate 2 deleted, group of the root enabled',
    async given(world) {
      await rootGroup(world)
      const group = await world.group('g-int2', signing(int2.certificate))
      await world.register('dev-1', sent(ofInt2, int2, int1))
      await world.store.commit([{ delete: 'group', key: group.key, expect: 'present' }])
    },
    when: (world) => world.register('dev-1', sent(ofInt2, int2, int1)),
    yields: again,
    and: async (world) => expect(await world.record('dev-1')).toMatchObject({ group: { id: 'g-root' } }),
  },
  {
    title: '49 not signed by the issuer that it names',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(forged)),
    yields: no('signature_invalid'),
    and: untouched,
  },
  {
    title: '50 issued by a certificate that is no CA',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofDevice, otherName)),
    yields: no('not_a_ca'),
  },
  {
    title: '50b a weak key',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(weak)),
    yields: no('weak_key'),
  },
  {
    title: '51 intermediate expired',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofOldInt, oldInt)),
    yields: no('expired'),
  },
  {
    title: '51b anchor expired',
    async given(world) {
      await world.ca('old', oldRoot.certificate)
      await world.group('g-old', signing(oldRoot.certificate))
    },
    when: (world) => world.register('dev-1', sent(ofOldRoot)),
    yields: no('expired'),
  },
  {
    title: '52 primary of the group expired, chain by its secondary',
    async given(world) {
      await world.ca('root', root.certificate)
      await world.group('g', signing(oldRoot.certificate, root.certificate))
    },
    when: (world) => world.register('dev-1', sent(ofRoot)),
    yields: assigned,
  },
  {
    title: '54 neither certificate nor token',
    given: rootGroup,
    when: (world) => world.register('dev-1', {}),
    yields: no('credentials_missing'),
  },
  {
    title: '54b both: the token counts',
    given: symmetric,
    when: (world) => world.register('dev-1', { sasToken: world.token('dev-1', primary), ...sent(selfA) }),
    yields: assigned,
  },
  {
    title: '55 a renewed leaf under the same group: the thumbprint is replaced',
    async given(world) {
      await rootGroup(world)
      await world.register('dev-1', sent(ofRoot))
    },
    when: (world) => world.register('dev-1', sent(renewed)),
    yields: again,
    and: async (world) =>
      expect(await authenticationOf(world)).toMatchObject({ primaryThumbprint: thumbprintOf(renewed) }),
  },
  {
    title: '2.4 individual by reference to a CA',
    async given(world) {
      await world.ca('root', root.certificate)
      await world.individual('dev-1', references('root'), { deviceId: 'the-pump' as DeviceId })
    },
    when: (world) => world.register('dev-1', sent(ofInt1, int1)),
    yields: assigned,
    and: async (world) =>
      expect(await world.record('dev-1')).toMatchObject({ deviceId: 'the-pump', attestation: 'x509' }),
  },
  {
    title: '2.4 individual by reference to a CA that did not issue the leaf',
    async given(world) {
      await world.ca('other', otherRoot.certificate)
      await world.individual('dev-1', references('other'))
    },
    when: (world) => world.register('dev-1', sent(ofRoot, root)),
    yields: no('anchor_unknown'),
  },
  {
    title: '2.4 individual by reference to a CA, certificate of another device',
    async given(world) {
      await world.ca('root', root.certificate)
      await world.individual('dev-1', references('root'))
    },
    when: (world) => world.register('dev-1', sent(otherName)),
    yields: no('id_mismatch'),
  },
  {
    title: '4.16 more certificates than a chain may have',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofRoot, ...Array.from({ length: 30 }, () => int1))),
    yields: no('chain_too_long'),
  },
  {
    title: '4.16 a chain that is too large',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofRoot, { der: randomBytes(70_000) })),
    yields: no('chain_too_large'),
  },
  {
    title: '4.2 rubbish beside a good chain is passed over',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofRoot, { der: randomBytes(100) })),
    yields: assigned,
  },
  {
    title: '4.2 rubbish in place of the intermediate is told',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent(ofInt1, { der: randomBytes(100) })),
    yields: no('malformed'),
  },
  {
    title: 'rubbish in place of the leaf',
    given: rootGroup,
    when: (world) => world.register('dev-1', sent({ der: randomBytes(100) })),
    yields: no('malformed'),
  },
]

const cloudRows: readonly Situation[] = [
  {
    title: '19.4 an intermediate that is stored but was not sent is not completed',
    async given(world) {
      await int2Group(world)
      await world.ca('int1', int1.certificate, false)
    },
    when: (world) => world.register('dev-1', sent(ofInt2, int2)),
    yields: no('anchor_unverified'),
  },
  {
    title: '19.4 only the anchor need not be sent',
    given: int2Group,
    when: (world) => world.register('dev-1', sent(ofInt2, int2, int1)),
    yields: assigned,
  },
]

const allocationRows: readonly Situation[] = [
  {
    title: '61 no hub linked',
    async given(world) {
      await symmetric(world)
      await world.relink()
    },
    when: bySas,
    yields: 'failed 400208',
    async and(world) {
      const record = await world.record('dev-1')
      expect(record).toMatchObject({ status: 'failed', errorCode: 400208 })
      expect([record?.assignedHub, record?.deviceId]).toEqual([undefined, undefined])
    },
  },
  {
    title: '62 static, no hub named, several linked',
    async given(world) {
      await world.individual('dev-1', keys(primary, secondary), { allocationPolicy: 'static' })
      await world.relink('hub-a.example', 'hub-b.example')
    },
    when: bySas,
    yields: 'failed 400208',
  },
  {
    title: '62b static, no hub named, one linked',
    given: (world) => world.individual('dev-1', keys(primary, secondary), { allocationPolicy: 'static' }),
    when: bySas,
    yields: assigned,
  },
  {
    title: '63 static, the hub is not linked',
    given: (world) =>
      world.individual('dev-1', keys(primary, secondary), {
        allocationPolicy: 'static',
        iotHubs: [hubNameOf('gone.example')],
      }),
    when: bySas,
    yields: 'failed 400208',
    and: async (world) => expect((await world.record('dev-1'))?.errorMessage).toContain('"gone.example"'),
  },
  {
    title: '63b hashed over a hub that is not linked',
    given: (world) => world.individual('dev-1', keys(primary, secondary), { iotHubs: [hubNameOf('gone.example')] }),
    when: bySas,
    yields: 'failed 400208',
  },
  {
    title: '64 every candidate is excluded from allocation',
    async given(world) {
      await symmetric(world)
      await world.relink({ name: hubNameOf(hub), applyAllocationPolicy: false })
    },
    when: bySas,
    yields: 'failed 400208',
  },
  {
    title: '67 a custom allocation whose webhook is nowhere',
    given: (world) =>
      world.individual('dev-1', keys(primary, secondary), {
        allocationPolicy: 'custom',
        customAllocationDefinition: { webhookUrl: 'https://allocate.example/', apiVersion: '2021-10-01' },
      }),
    when: bySas,
    yields: 'failed 400207',
  },
  {
    title: '8.7 the older field names the hub',
    async given(world) {
      await world.relink('hub-a.example', 'hub-b.example')
      await world.individual('dev-1', keys(primary, secondary), { iotHubHostName: hubNameOf('hub-b.example') })
    },
    when: bySas,
    yields: assigned,
    and: async (world) => expect(await world.record('dev-1')).toMatchObject({ assignedHub: 'hub-b.example' }),
  },
  {
    title: '70 a payload of the device is not echoed',
    given: symmetric,
    when: (world) =>
      world.register('dev-1', { sasToken: world.token('dev-1', primary) }, { payload: { modelId: 'x' } }),
    yields: assigned,
    and: async (world) => expect((await world.record('dev-1'))?.payload).toBeUndefined(),
  },
  {
    title: '71 again, same hub: new dates and etag, twin kept',
    async given(world) {
      await world.individual('dev-1', keys(primary, secondary), { initialTwin: { desired: { on: true } } })
      await bySas(world)
      await world.individual('dev-1', keys(primary, secondary), { initialTwin: { desired: { on: false } } })
      world.clock.advance(minutes(1))
    },
    when: bySas,
    yields: again,
    async and(world) {
      expect(await world.record('dev-1')).toMatchObject({ createdAt: at + minutes(1), updatedAt: at + minutes(1) })
      expect((await world.twin(hub, 'dev-1'))?.desired).toEqual({ on: true })
    },
  },
  {
    title: '73 again after a failed attempt: as if the last good one were current',
    async given(world) {
      await symmetric(world)
      await bySas(world)
      await world.individual('dev-1', keys(primary, secondary), { iotHubs: [hubNameOf('gone.example')] })
      expect(await outcomeOf(bySas(world))).toMatchObject({ outcome: 'failed 400208' })
      expect((await world.record('dev-1'))?.lastAssignment).toMatchObject({ hub, deviceId: 'dev-1' })
      await world.relink('hub-a.example', 'hub-b.example')
      await world.individual('dev-1', keys(primary, secondary), { iotHubs: [hubNameOf('hub-b.example')] })
    },
    when: bySas,
    yields: 'assigned deviceDataMigrated',
    async and(world) {
      expect(await world.device(hub, 'dev-1')).toBeUndefined()
      expect(await world.device('hub-b.example', 'dev-1')).toBeDefined()
    },
  },
  {
    title: '75 two ids with one device id: one identity, the last credentials',
    async given(world) {
      await world.individual('dev-2', keys(aKey('2'), aKey('3')), { deviceId: 'shared' as DeviceId })
      await world.individual('dev-1', keys(primary, secondary), { deviceId: 'shared' as DeviceId })
      await bySas(world, 'dev-2', aKey('2'))
    },
    when: bySas,
    yields: again,
    async and(world) {
      expect(await authenticationOf(world, 'shared')).toMatchObject({ primaryKey: primary })
      expect(await world.record('dev-2')).toMatchObject({ status: 'assigned', deviceId: 'shared' })
    },
  },
  {
    title: '101 the hub that holds the device is unlinked: moved by the default policy, what stands there is left',
    async given(world) {
      await symmetric(world)
      await bySas(world)
      await world.relink('hub-b.example')
    },
    when: bySas,
    yields: 'assigned deviceDataReset',
    and: async (world) => expect(await world.device(hub, 'dev-1')).toBeDefined(),
  },
  {
    title: '101b the same under never',
    async given(world) {
      await world.individual('dev-1', keys(primary, secondary), { reprovisionPolicy: never })
      await bySas(world)
      await world.relink('hub-b.example')
    },
    when: bySas,
    yields: 'failed 400208',
    and: async (world) => expect((await world.record('dev-1'))?.errorMessage).toContain(`"${hub}"`),
  },
  {
    title: '103 the identity was disabled at the hub: it stays so, its credentials are refreshed',
    async given(world) {
      await symmetric(world)
      await bySas(world)
      await changeDevice(world, { status: 'disabled' })
      await world.individual('dev-1', keys(aKey('n'), aKey('m')))
    },
    when: (world) => bySas(world, 'dev-1', aKey('n')),
    yields: again,
    and: async (world) =>
      expect(await world.device(hub, 'dev-1')).toMatchObject({
        status: 'disabled',
        authentication: { primaryKey: aKey('n') },
      }),
  },
  {
    title: '104 the identity was deleted at the hub: created again with the initial twin',
    async given(world) {
      await world.individual('dev-1', keys(primary, secondary), { initialTwin: { desired: { on: true } } })
      await bySas(world)
      await world.store.commit([
        { delete: 'device', hub: hubNameOf(hub), deviceId: 'dev-1' as DeviceId, expect: 'present' },
      ])
    },
    when: bySas,
    yields: assigned,
    and: async (world) => expect((await world.twin(hub, 'dev-1'))?.desired).toEqual({ on: true }),
  },
  {
    title: '105 the device id of the enrollment changed: a new identity, the old one remains',
    async given(world) {
      await symmetric(world)
      await bySas(world)
      await world.individual('dev-1', keys(primary, secondary), { deviceId: 'new-name' as DeviceId })
    },
    when: bySas,
    yields: assigned,
    async and(world) {
      expect(await world.device(hub, 'dev-1')).toBeDefined()
      expect(await world.device(hub, 'new-name')).toBeDefined()
      expect(await world.record('dev-1')).toMatchObject({ deviceId: 'new-name' })
    },
  },
  {
    title: '106 iotEdge was switched on',
    async given(world) {
      await symmetric(world)
      await bySas(world)
      await world.individual('dev-1', keys(primary, secondary), { capabilities: { iotEdge: true } })
    },
    when: bySas,
    yields: again,
    and: async (world) => expect(await world.device(hub, 'dev-1')).toMatchObject({ iotEdge: true }),
  },
]

const never = { updateHubAssignment: false, migrateDeviceData: false }

async function changeDevice(world: World, change: { readonly status: 'disabled' }) {
  const device = await world.device(hub, 'dev-1')
  if (!device) throw new Error('no device')
  await world.store.commit([{ put: 'device', value: { ...device, ...change }, expect: { etag: device.etag } }])
}

const rows = [...symmetricRows, ...x509Rows, ...allocationRows].map((row) => ({ ...row, options: landfallOptions }))
const strictRows = cloudRows.map((row) => ({ ...row, title: `cloud: ${row.title}`, options: cloudOptions }))

for (const { title, given, when, yields, and, options } of [...rows, ...strictRows]) {
  test(`${title} → ${yields}`, async () => {
    await using world = await makeWorld({ options })
    await given?.(world)
    const came = await outcomeOf(when(world))
    expect(came.outcome).toBe(yields)
    const told = await world.store.attempts({ limit: 1 })
    expect(told).toEqual(world.attempts.slice(-1))
    expect(came.outcome).toContain(told[0]?.outcome)
    expect(came.shows).toContain(told[0]?.registrationId)
    await and?.(world)
  })
}

test('trusted by its thumbprint alone, an expired certificate of an individual enrollment is let in', async () => {
  await using world = await makeWorld({ options: { individualIgnoreExpiry: true } })
  await world.individual('dev-1', client(selfYesterday.certificate))
  expect(await outcomeOf(world.register('dev-1', sent(selfYesterday)))).toMatchObject({ outcome: assigned })
})

test('an anchor that is verified lets its devices in at once, and refuses them at once when it is deleted', async () => {
  await using world = await makeWorld()
  await world.group('g-root', signing(root.certificate))
  const register = async () => (await outcomeOf(world.register('dev-1', sent(ofRoot)))).outcome
  expect(await register()).toBe(no('anchor_unverified'))
  const ca = await world.ca('root', root.certificate)
  expect(await register()).toBe(assigned)
  await world.store.commit([{ delete: 'caCertificate', key: ca.key, expect: 'present' }])
  expect(await register()).toBe(no('anchor_unverified'))
})

test('a path that was proven once is not believed after its certificates have expired', async () => {
  await using world = await makeWorld()
  await rootGroup(world)
  const register = async () => (await outcomeOf(world.register('dev-1', sent(ofRoot)))).outcome
  expect(await register()).toBe(assigned)
  world.clock.advance(days(30) + minutes(4))
  expect(await register()).toBe(again)
  world.clock.advance(minutes(2))
  expect(await register()).toBe(no('expired'))
})

test('the missing intermediate is named where the anchor is not verified', async () => {
  await using world = await makeWorld()
  await int2Group(world)
  const { shows } = await outcomeOf(world.register('dev-1', sent(ofInt2, int2)))
  expect(shows).toContain('send "CN=Int 1"')
})
