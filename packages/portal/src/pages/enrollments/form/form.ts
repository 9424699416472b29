/** An enrollment as it is filled in: one text, tick or choice a field; what it makes is in body.ts. */
import type { CertificateInfo } from '../../../api/certificates.ts'
import type { EnrollmentAllocation, EnrollmentKind } from '../../../api/enrollments.ts'

export type Mechanism = 'caReferences' | 'signingCertificates' | 'clientCertificates' | 'symmetricKey' | 'tpm'
/** `unset`: only enrollments of old clients have none. */
export type Reprovision = 'migrate' | 'reset' | 'never' | 'unset'

/** In the order of the cloud's portal (contract/management 7.7). */
export const mechanisms: Readonly<Record<EnrollmentKind, readonly Mechanism[]>> = {
  group: ['caReferences', 'signingCertificates', 'symmetricKey'],
  individual: ['clientCertificates', 'symmetricKey', 'tpm', 'caReferences'],
}

/** Without `certificate` it is one that the service has, known by its thumbprint. */
export interface Slot {
  readonly certificate?: string
  readonly info: CertificateInfo
  /** What was found when it was read: why it may let nobody in. */
  readonly doubts?: readonly string[]
}

export interface Slots {
  readonly primary?: Slot
  readonly secondary?: Slot
}

export interface Form {
  readonly id: string
  readonly deviceId: string
  readonly mechanism: Mechanism
  readonly caPrimary: string
  readonly caSecondary: string
  readonly certificates: Slots
  /** Not given: made by the service where it is new, kept where it is not. */
  readonly keysGiven: boolean
  readonly primaryKey: string
  readonly secondaryKey: string
  readonly endorsementKey: string
  readonly storageRootKey: string
  readonly enabled: boolean
  readonly reprovision: Reprovision
  readonly hubs: readonly string[]
  /** Empty: as the service's own policy says. */
  readonly allocation: EnrollmentAllocation | ''
  readonly webhookUrl: string
  readonly webhookApiVersion: string
  /** The older member iotHubHostName; it can be taken away, not set. */
  readonly legacyHub: string
  readonly iotEdge: boolean
  readonly tags: string
  readonly desired: string
  readonly information: string
}

/** What the cloud's form begins with (contract/management 7.6, 7.7). */
export const newForm = (kind: EnrollmentKind): Form => ({
  id: '',
  deviceId: '',
  mechanism: kind === 'group' ? 'caReferences' : 'clientCertificates',
  caPrimary: '',
  caSecondary: '',
  certificates: {},
  keysGiven: false,
  primaryKey: '',
  secondaryKey: '',
  endorsementKey: '',
  storageRootKey: '',
  enabled: true,
  reprovision: 'migrate',
  hubs: [],
  allocation: 'hashed',
  webhookUrl: '',
  webhookApiVersion: '2021-10-01',
  legacyHub: '',
  iotEdge: false,
  tags: '',
  desired: '',
  information: '',
})

export const isX509 = (mechanism: Mechanism) => mechanism !== 'symmetricKey' && mechanism !== 'tpm'

export const sameForm = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
