/** Certificates as the SDKs and openssl make them (contract/semantics 4.10-4.13), and chains that are not one line. */
import { expect, test } from 'vitest'
import { caTrue, extendedKeyUsage, extension, type ForgeOrder, forge, keyUsage, nameOf } from '../../test/forge.ts'
import { days, makeWorld, signing, start, type World } from '../../test/registration/world.ts'
import { ProvisioningError } from '../fault.ts'
import { boolean, sequence, utf8String } from '../x509/der-write.ts'

const dates = { notBefore: start - days(1), notAfter: start + days(10) }
const ca = (order: ForgeOrder) => forge({ extensions: [caTrue()], ...dates, ...order })
const leaf = (order: Partial<ForgeOrder> = {}) => forge({ subject: 'dev-1', by: root, ...dates, ...order })

const root = ca({ subject: 'Root' })
const int = ca({ subject: 'Int', by: root })
const clientAuth = extendedKeyUsage('clientAuth')
const serverAuth = extendedKeyUsage('serverAuth')
const caFalse = extension('2.5.29.19', sequence())
const caFalseInFull = extension('2.5.29.19', sequence(boolean(false)))

async function register(world: World, ...chain: readonly { certificate: { der: Uint8Array } }[]): Promise<string> {
  try {
    const { kind, registration } = await world.register('dev-1', {
      certificates: chain.map(({ certificate }) => certificate.der),
    })
    return `${kind} ${registration?.group?.id}`
  } catch (error) {
    if (!(error instanceof ProvisioningError)) throw error
    return `refused ${error.reason}`
  }
}

async function withRootGroup() {
  const world = await makeWorld()
  await world.ca('root', root.certificate)
  await world.group('grp', signing(root.certificate))
  return world
}

const shapes = [
  ['a version 1 leaf without any extension (C#)', leaf({ by: int }), 'assigned grp'],
  ['a leaf with a critical clientAuth only (Node)', leaf({ by: int, extensions: [clientAuth] }), 'assigned grp'],
  [
    'a leaf with CA:FALSE and key usages (CLI)',
    leaf({ by: int, extensions: [caFalse, keyUsage(0, 1, 2)] }),
    'assigned grp',
  ],
  ['a leaf that is CA:TRUE (openssl req -x509)', leaf({ by: int, extensions: [caTrue()] }), 'assigned grp'],
  [
    'the last of several common names counts',
    leaf({ by: int, subject: commonNames('plant', 'dev-1') }),
    'assigned grp',
  ],
  [
    'a leaf without common name',
    leaf({ by: int, subject: nameOf(['2.5.4.10', utf8String('Contoso')]) }),
    'refused no_common_name',
  ],
  ['a leaf for servers only', leaf({ by: int, extensions: [serverAuth] }), 'refused extended_key_usage'],
  ['a leaf signed with SHA-1', leaf({ by: int, hash: 'sha1' }), 'refused weak_signature'],
] as const

for (const [what, device, outcome] of shapes) {
  test(`${what} → ${outcome}`, async () => {
    await using world = await withRootGroup()
    expect(await register(world, device, int)).toBe(outcome)
  })
}

function commonNames(...names: readonly string[]) {
  return nameOf(...names.map((name) => ['2.5.4.3', utf8String(name)] as const))
}

const issuers = [
  ['allows no CA below it', ca({ subject: 'Int', by: root, extensions: [caTrue(0)] }), 'refused path_length'],
  [
    'may not sign certificates',
    ca({ subject: 'Int', by: root, extensions: [caTrue(), keyUsage(0)] }),
    'refused key_usage',
  ],
  ['is of version 1', ca({ subject: 'Int', by: root, extensions: undefined }), 'refused not_a_ca'],
  ['says CA:FALSE', ca({ subject: 'Int', by: root, extensions: [caFalseInFull] }), 'refused not_a_ca'],
] as const

for (const [what, issuer, outcome] of issuers) {
  test(`an intermediate that ${what} → ${outcome}`, async () => {
    await using world = await withRootGroup()
    const below = ca({ subject: 'Below', by: issuer })
    expect(await register(world, leaf({ by: below }), below, issuer)).toBe(outcome)
  })
}

test('of two groups whose CAs have one name, the one that signed decides', async () => {
  await using world = await makeWorld()
  const twin = ca({ subject: 'Root' })
  for (const [id, certificate] of [
    ['one', root.certificate],
    ['two', twin.certificate],
  ] as const) {
    await world.ca(id, certificate)
    await world.group(id, signing(certificate))
  }
  expect(await register(world, leaf())).toBe('assigned one')
  expect(await register(world, leaf({ by: twin }))).toBe('assigned two')
})

test('of two certificates of a cross-signed CA, the one below a verified root is enough', async () => {
  await using world = await makeWorld()
  const other = ca({ subject: 'Other root' })
  const crossed = ca({ subject: 'Int', by: other, keys: int.keys })
  await world.ca('root', root.certificate)
  await world.ca('other', other.certificate, false)
  await world.group('grp', signing(root.certificate))
  expect(await register(world, leaf({ by: int }), crossed, other, int)).toBe('assigned grp')
})

test('a CA that was renewed with its key keeps its devices', async () => {
  await using world = await withRootGroup()
  const renewed = ca({ subject: 'Root', keys: root.keys, notAfter: start + days(100) })
  expect(await register(world, leaf({ by: int }), int, renewed)).toBe('assigned grp')
})

test('a self-signed certificate with the name of a trusted CA and a device below it are refused', async () => {
  await using world = await withRootGroup()
  const impostor = ca({ subject: 'Root' })
  expect(await register(world, leaf({ by: impostor }), impostor)).toMatch(
    /^refused (anchor_unknown|signature_invalid)$/,
  )
})

test('a chain that goes in a circle is refused', async () => {
  await using world = await withRootGroup()
  const a = ca({ subject: 'A', by: root })
  const b = ca({ subject: 'B', by: a })
  const circle = ca({ subject: 'A', by: b, keys: a.keys })
  expect(await register(world, leaf({ by: b }), b, circle)).toMatch(/^refused/)
})
