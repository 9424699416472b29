/** What is wrong with a form, field by field, as far as can be said before the service is asked. */
import type { EnrollmentKind } from '../../../api/enrollments.ts'
import { readJsonText } from '../../../kit/json-text.ts'
import type { Form } from './form.ts'

export type Step = 'registration' | 'hubs' | 'device' | 'review'

/** The step of each field that can be wrong. */
export const stepOf = {
  id: 'registration',
  deviceId: 'registration',
  caPrimary: 'registration',
  certificates: 'registration',
  primaryKey: 'registration',
  secondaryKey: 'registration',
  endorsementKey: 'registration',
  hubs: 'hubs',
  allocation: 'hubs',
  webhookUrl: 'hubs',
  webhookApiVersion: 'hubs',
  tags: 'device',
  desired: 'device',
  information: 'device',
} as const satisfies Readonly<Record<string, Step>>

export type FaultyField = keyof typeof stepOf
export type Fault =
  | 'idMissing'
  | 'idBad'
  | 'deviceIdBad'
  | 'caMissing'
  | 'certificateMissing'
  | 'keyBad'
  | 'endorsementKeyMissing'
  | 'oneHubOnly'
  | 'policyMissing'
  | 'webhookMissing'
  | 'webhookBad'
  | 'apiVersionBad'
  | 'jsonBad'
export type Faults = Readonly<Partial<Record<FaultyField, Fault>>>

// contract/semantics 1.1, contract/iot-hub 4.4
const idPattern = /^[A-Za-z0-9._:-]{0,127}[A-Za-z0-9-]$/
const deviceIdPattern = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/

export function faultsOf(kind: EnrollmentKind, form: Form): Faults {
  const found = {
    id: idFault(form.id.trim()),
    ...(kind === 'individual' && {
      deviceId: unless(form.deviceId.trim() === '' || deviceIdPattern.test(form.deviceId.trim()), 'deviceIdBad'),
      information: unless(isObjectText(form.information), 'jsonBad'),
    }),
    ...attestationFaults(form),
    ...hubFaults(form),
    tags: unless(isObjectText(form.tags), 'jsonBad'),
    desired: unless(isObjectText(form.desired), 'jsonBad'),
  } satisfies Readonly<Partial<Record<FaultyField, Fault | undefined>>>
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined))
}

const unless = (fine: boolean, fault: Fault): Fault | undefined => (fine ? undefined : fault)

function isObjectText(text: string): boolean {
  if (text.trim() === '') return true
  const reading = readJsonText(text)
  return (
    'value' in reading && typeof reading.value === 'object' && reading.value !== null && !Array.isArray(reading.value)
  )
}

const idFault = (id: string) => (id === '' ? 'idMissing' : unless(idPattern.test(id), 'idBad'))

function attestationFaults(form: Form): Readonly<Partial<Record<FaultyField, Fault | undefined>>> {
  const { mechanism, certificates } = form
  if (mechanism === 'caReferences')
    return { caPrimary: unless(`${form.caPrimary}${form.caSecondary}` !== '', 'caMissing') }
  if (mechanism === 'tpm') return { endorsementKey: unless(form.endorsementKey.trim() !== '', 'endorsementKeyMissing') }
  if (mechanism !== 'symmetricKey')
    return { certificates: unless(Boolean(certificates.primary ?? certificates.secondary), 'certificateMissing') }
  if (!form.keysGiven) return {}
  return {
    primaryKey: unless(keyIsFine(form.primaryKey), 'keyBad'),
    secondaryKey: unless(keyIsFine(form.secondaryKey), 'keyBad'),
  }
}

// contract/semantics 6.1; an empty one is made by the service
function keyIsFine(text: string): boolean {
  const key = text.trim()
  if (key === '') return true
  if (key.length > 100 || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key)) return false
  const bytes = atob(key).length
  return bytes >= 16 && bytes <= 64
}

function hubFaults({ hubs, allocation, webhookUrl, webhookApiVersion }: Form) {
  const custom = allocation === 'custom'
  const url = webhookUrl.trim()
  return {
    hubs: unless(allocation !== 'static' || hubs.length <= 1, 'oneHubOnly'),
    allocation: unless(allocation !== '' || hubs.length === 0, 'policyMissing'),
    webhookUrl: custom ? (url === '' ? 'webhookMissing' : unless(webhookIsFine(url), 'webhookBad')) : undefined,
    webhookApiVersion: unless(
      !custom || /^\d{4}-\d{2}-\d{2}(-preview)?$/.test(webhookApiVersion.trim()),
      'apiVersionBad',
    ),
  } as const
}

// contract/semantics 8.8
function webhookIsFine(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
}
