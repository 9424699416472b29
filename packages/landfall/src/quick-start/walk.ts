/**
 * The whole walk on the server, told step by step: test CA, upload, proof of possession, enrollment group, simulated
 * devices that register over a real TLS connection. A step that fails says why, and what was made goes again.
 */
import { parseGroup } from '../enrollment/parse-enrollment.ts'
import { uploadCa } from '../enrollment/proof-of-possession.ts'
import { settleGroup } from '../enrollment/settle.ts'
import { asRefusal, ProvisioningError } from '../fault.ts'
import { makeCode, provePossession } from '../instance/certificates.ts'
import { readSettings } from '../instance/change-settings.ts'
import { type Assigned, register } from '../simulate/simulated-device.ts'
import { Conflict } from '../store/store.ts'
import { machineNow } from '../system.ts'
import { issueVerification } from '../x509/issue.ts'
import {
  type Authorities,
  chainOf,
  type DeviceCertificate,
  filesOf,
  makeAuthorities,
  type PemFile,
} from './authorities.ts'
import type { QuickStartOrder } from './order.ts'
import type { QuickStartParts } from './parts.ts'
import { removeQuickStart } from './removal.ts'

export type Step = MadeStep | DoneStep

export interface MadeStep {
  readonly step: 'certificates' | 'upload' | 'proof' | 'enrollment' | 'device' | 'undo'
  readonly ok: boolean
  readonly says: string
  /** Where a step failed: errorCode, reason, trackingId as far as there are. */
  readonly data?: object
}

export interface DoneStep {
  readonly step: 'done'
  readonly ok: true
  readonly says: string
  readonly group: string
  readonly ca: string
  readonly devices: readonly RegisteredDevice[]
  /** Test CA and devices, with their keys; kept nowhere else. */
  readonly files: readonly PemFile[]
}

interface RegisteredDevice {
  readonly registrationId: string
  readonly hub: string
  readonly milliseconds: number
}

/** A step that could not be made, in the words of the wire. */
class StepFailed extends Error {
  readonly step: MadeStep

  constructor(step: MadeStep, options?: { cause?: unknown }) {
    super(step.says, options)
    this.name = 'StepFailed'
    this.step = step
  }
}

export async function* quickStart(order: QuickStartOrder, parts: QuickStartParts): AsyncGenerator<Step, void> {
  const made: { authorities?: Authorities } = {}
  let settled = false
  try {
    yield* walk(order, parts, made)
    settled = true
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    parts.log.info({ name: order.name, step: error.step.step, err: error.cause }, 'a quick start failed')
    yield error.step
    const undone = await undo(order, parts, made)
    settled = true
    yield undone
  } finally {
    // also where the reader is gone before the end: the keys were handed to nobody
    if (!settled) await undo(order, parts, made)
  }
}

async function* walk(
  order: QuickStartOrder,
  parts: QuickStartParts,
  made: { authorities?: Authorities },
): AsyncGenerator<Step, void> {
  const { name } = order
  const authorities = await attempt('certificates', makeAuthorities(order, momentOf(parts)))
  made.authorities = authorities
  yield done('certificates', `A root, an intermediate and ${counted(order.devices)}, valid for 30 days.`)

  await attempt('upload', upload(order, authorities, parts))
  yield done('upload', `The root is uploaded as "${name}".`, { ca: name })

  await attempt('proof', prove(order, authorities, parts))
  yield done('proof', 'A certificate with the verification code, signed with the key of the root, proves possession.')

  await attempt('enrollment', enroll(order, authorities, parts))
  yield done('enrollment', `The enrollment group "${name}" is made on the intermediate.`, { group: name })

  const devices: RegisteredDevice[] = []
  for (const device of authorities.devices) {
    const registered = await attempt('device', registerDevice(device, authorities, parts))
    devices.push(registered)
    const { registrationId, hub, milliseconds } = registered
    yield done('device', `"${registrationId}" is assigned to ${hub}, in ${milliseconds} ms.`, registered)
  }
  const says = `${counted(order.devices)} registered.`
  yield { step: 'done', ok: true, says, group: name, ca: name, devices, files: filesOf(name, authorities) }
}

const counted = (devices: number) => (devices === 1 ? '1 device' : `${devices} devices`)
const done = (step: MadeStep['step'], says: string, data?: object): MadeStep => ({ step, ok: true, says, data })
const momentOf = ({ clock, random }: QuickStartParts) => ({ at: clock.now(), random })

async function attempt<Value>(step: MadeStep['step'], work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StepFailed) throw error
    const { message, code, reason } = asRefusal(error instanceof Conflict ? tookName(error) : error)
    throw new StepFailed({ step, ok: false, says: message, data: { errorCode: code, reason } }, { cause: error })
  }
}

const tookName = ({ key }: Conflict) =>
  new ProvisioningError('name_taken', { message: `Somebody else took the name "${key}" meanwhile. Give another one.` })

async function upload({ name }: QuickStartOrder, { root }: Authorities, parts: QuickStartParts): Promise<void> {
  const { value } = uploadCa({ name, certificate: root.pem }, undefined, momentOf(parts))
  await parts.store.commit([{ put: 'caCertificate', value, expect: 'absent' }])
}

async function prove({ name }: QuickStartOrder, { root }: Authorities, parts: QuickStartParts): Promise<void> {
  const { verificationCode, etag } = await makeCode({ name }, parts)
  const code = verificationCode?.code ?? ''
  const proof = await issueVerification({ code, ca: root, days: 1, ...momentOf(parts) })
  await provePossession({ name, ifMatch: etag }, proof.pem, parts)
}

/** The intermediate is new, so no other group can have it. */
async function enroll({ name }: QuickStartOrder, { intermediate }: Authorities, parts: QuickStartParts): Promise<void> {
  const signing = { primary: { certificate: intermediate.pem } }
  const attestation = { type: 'x509', x509: { signingCertificates: signing } }
  const draft = parseGroup({ enrollmentGroupId: name, attestation }, name)
  const value = settleGroup(draft, { previous: undefined, linkedHubs: [], ...momentOf(parts) })
  await parts.store.commit([{ put: 'group', value, expect: 'absent' }])
}

async function registerDevice(
  { registrationId, issued }: DeviceCertificate,
  authorities: Authorities,
  parts: QuickStartParts,
): Promise<RegisteredDevice> {
  const { idScope } = await readSettings(parts)
  const device = { registrationId, chain: chainOf(issued, authorities), key: issued.keyPem }
  const { timers, clock } = parts
  const means = { timers, clock, stopwatch: () => machineNow(clock) }
  const outcome = await register(device, { ...parts.fromHere(), idScope }, 'https', means)
  if (outcome.status === 'assigned') return registered(registrationId, outcome)
  const { message, status, ms: _, ...facts } = outcome
  throw new StepFailed({
    step: 'device',
    ok: false,
    says: `"${registrationId}" is not assigned (${status}): ${message}`,
    data: { registrationId, ...facts },
  })
}

const registered = (registrationId: string, { hub, ms }: Assigned & { readonly ms: number }): RegisteredDevice => ({
  registrationId,
  hub,
  milliseconds: ms,
})

async function undo(
  { name }: QuickStartOrder,
  parts: QuickStartParts,
  { authorities }: { readonly authorities?: Authorities },
): Promise<MadeStep> {
  if (!authorities) return done('undo', 'Nothing was made.')
  try {
    await removeQuickStart(name, parts, authorities.root.certificate.subject.text)
    return done('undo', 'What was made is removed again.')
  } catch (error) {
    parts.log.warn({ name, err: error }, 'what a failed quick start made could not be removed')
    const says = `What was made could not be removed: ${asRefusal(error).message} DELETE /landfall/quick-start/${name} does it later.`
    return { step: 'undo', ok: false, says }
  }
}
