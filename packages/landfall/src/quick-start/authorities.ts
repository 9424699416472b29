/** The certificates of a quick start: they live in memory, and are handed over once. */
import type { Instant, Random } from '../system.ts'
import { type Issued, issueDevice, issueIntermediate, issueRoot, makeKeyPair } from '../x509/issue.ts'
import { type QuickStartName, type QuickStartOrder, registrationIdOf } from './order.ts'

/** Long enough to try things, too short to build on. */
const days = 30

export interface DeviceCertificate {
  readonly registrationId: string
  readonly issued: Issued
}

export interface Authorities {
  readonly root: Issued
  readonly intermediate: Issued
  readonly devices: readonly DeviceCertificate[]
}

export interface PemFile {
  readonly name: string
  readonly pem: string
}

export async function makeAuthorities(
  { name, devices, keyType }: QuickStartOrder,
  { at, random }: { readonly at: Instant; readonly random: Random },
): Promise<Authorities> {
  const common = async () => ({ at, random, days, keys: await makeKeyPair(keyType) })
  const mark = Buffer.from(random.bytes(4)).toString('hex')
  const root = await issueRoot({ ...(await common()), commonName: `${rootPrefix(name)}${mark}` })
  const commonName = `Quick start ${name} intermediate`
  const intermediate = await issueIntermediate({ ...(await common()), commonName, ca: root })
  const ids = Array.from({ length: devices }, (_, index) => registrationIdOf(name, index + 1))
  const made = ids.map(async (registrationId) => ({
    registrationId,
    issued: await issueDevice({ ...(await common()), registrationId, ca: intermediate }),
  }))
  return { root, intermediate, devices: await Promise.all(made) }
}

const rootPrefix = (name: QuickStartName) => `Quick start ${name} root `

/** Whether a quick start of this name made that root: nobody else's things may go when it is undone. */
export const isRootOf = (subject: string, name: QuickStartName): boolean =>
  subject.toLowerCase().startsWith(`CN=${rootPrefix(name)}`.toLowerCase())

/** Leaf, then intermediate: as a device sends them. */
export const chainOf = (issued: Issued, { intermediate }: Pick<Authorities, 'intermediate'>): string =>
  issued.pem + intermediate.pem

export function filesOf(name: QuickStartName, authorities: Authorities): readonly PemFile[] {
  const { root, intermediate, devices } = authorities
  return [
    ...pair(`${name}-root`, root),
    ...pair(`${name}-intermediate`, intermediate),
    ...devices.flatMap(({ registrationId, issued }) => [
      ...pair(registrationId, issued),
      { name: `${registrationId}.fullchain.pem`, pem: chainOf(issued, authorities) },
    ]),
  ]
}

// named as `landfall cert` names them (contract/management 8.10)
const pair = (name: string, { pem, keyPem }: Issued): readonly PemFile[] => [
  { name: `${name}.cert.pem`, pem },
  { name: `${name}.key.pem`, pem: keyPem },
]
