/** Removes what a quick start made, and nothing else: its group, the records and hub devices of it, its CA certificate. */
import { certificatesOf } from '../enrollment/named-certificates.ts'
import { ProvisioningError } from '../fault.ts'
import { caKeyOf, groupKeyOf } from '../ids.ts'
import type { Registration } from '../registration/record.ts'
import { isRootOf } from './authorities.ts'
import type { QuickStartName } from './order.ts'
import type { QuickStartParts } from './parts.ts'

export interface Removed {
  readonly enrollmentGroup: boolean
  readonly registrations: number
  readonly hubDevices: number
  readonly caCertificate: boolean
}

/** `root`: the subject of the one root whose things are meant; absent: of any quick start of this name. */
export async function removeQuickStart(
  name: QuickStartName,
  parts: Pick<QuickStartParts, 'store' | 'hubs'>,
  root?: string,
): Promise<Removed> {
  const { store } = parts
  const [group, ca] = await Promise.all([store.group(groupKeyOf(name)), store.caCertificate(caKeyOf(name))])
  const isOurs = (subject: string) => (root === undefined ? isRootOf(subject, name) : subject === root)
  const ourGroup =
    group && certificatesOf(group.attestation).some(({ info }) => isOurs(info.issuerName)) ? group : undefined
  const ourCa = ca && isOurs(ca.certificate.info.subjectName) ? ca : undefined
  // the group first, so that no device comes in meanwhile
  if (ourGroup) await store.commit([{ delete: 'group', key: ourGroup.key, expect: { etag: ourGroup.etag } }])
  const records = ourGroup || ourCa ? await removeRecords(name, parts) : { registrations: 0, hubDevices: 0 }
  if (ourCa) await store.commit([{ delete: 'caCertificate', key: ourCa.key, expect: { etag: ourCa.etag } }])
  return { enrollmentGroup: ourGroup !== undefined, ...records, caCertificate: ourCa !== undefined }
}

export function requireSomething(name: QuickStartName, { enrollmentGroup, caCertificate }: Removed): void {
  if (enrollmentGroup || caCertificate) return
  throw new ProvisioningError('quick_start_not_found', { name })
}

const pageLength = 100

async function removeRecords(name: QuickStartName, parts: Pick<QuickStartParts, 'store' | 'hubs'>) {
  let [registrations, hubDevices] = [0, 0]
  for (;;) {
    const { items } = await parts.store.registrations({ group: groupKeyOf(name), limit: pageLength })
    for (const record of items) {
      if (await removeRecord(record, parts)) hubDevices += 1
      registrations += 1
    }
    if (items.length < pageLength) return { registrations, hubDevices }
  }
}

/** Whether it was on a hub that is still linked. */
async function removeRecord(record: Registration, { store, hubs }: Pick<QuickStartParts, 'store' | 'hubs'>) {
  const { key, assignedHub, deviceId } = record
  const hub = assignedHub === undefined ? undefined : await hubs.open(assignedHub)
  const changes = hub && deviceId ? (await hub.remove(deviceId)).changes : []
  await store.commit([{ delete: 'registration', key, expect: 'any' }, ...changes])
  return hub !== undefined && deviceId !== undefined
}
