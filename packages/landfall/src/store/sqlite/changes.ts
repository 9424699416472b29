/** Applies changes to the open transaction. */
import type { DatabaseSync } from 'node:sqlite'
import type { Change } from '../store.ts'
import type { AuditLog } from './audit.ts'
import { makeBackEnds } from './back-ends.ts'
import {
  makeGroupCertificatesWriter,
  makeGroupReferencesWriter,
  makeHubRemover,
  makeOperationWriter,
} from './belongings.ts'
import type { Mail } from './mail.ts'
import type { PresenceTable } from './presence.ts'
import {
  caCertificateShape,
  deviceShape,
  groupShape,
  individualShape,
  registrationShape,
  settingsShape,
  twinShape,
} from './shapes.ts'
import type { SubscriptionTable } from './subscriptions.ts'
import type { SqliteTelemetry } from './telemetry.ts'
import { makeWriter } from './writer.ts'

/** What is appended to, and bounded. */
export interface Logs {
  readonly audit: AuditLog
  readonly telemetry: SqliteTelemetry
  readonly mail: Mail
  readonly presence: PresenceTable
  readonly subscriptions: SubscriptionTable
}

export function makeChanger(database: DatabaseSync, logs: Logs): (change: Change) => void {
  const write = makeWriters(database, logs)
  return (change) => {
    if ('put' in change) put(change, write)
    else if ('delete' in change) remove(change, write)
    else if ('append' in change) append(change, logs)
    else if ('abandon' in change) logs.mail.abandon(change.id, change.deliveryCount)
    else if ('note' in change) note(change, write)
    else if (change.settle === 'cloudMessages') logs.mail.settle(change.ids)
    else logs.mail.settleFeedback(change.numbers)
  }
}

function note(change: Extract<Change, { note: unknown }>, write: Writers): void {
  if (change.note === 'presence') write.logs.presence.note(change.values)
  else if (change.note === 'subscriptions') write.logs.subscriptions.note(change.value)
  else write.backEnds.noteJobDevices(change.values)
}

function append(change: Extract<Change, { append: unknown }>, { audit, telemetry, mail }: Logs): void {
  switch (change.append) {
    case 'audit':
      audit.append(change.entry)
      break
    case 'telemetry':
      telemetry.append(change)
      break
    case 'cloudMessage':
      mail.append(change.value)
      break
    case 'feedback':
      mail.tell(change.value)
  }
}

type Writers = ReturnType<typeof makeWriters>

function makeWriters(database: DatabaseSync, logs: Logs) {
  return {
    logs,
    settings: makeWriter(database, settingsShape),
    individual: makeWriter(database, individualShape),
    group: makeWriter(database, groupShape),
    caCertificate: makeWriter(database, caCertificateShape),
    registration: makeWriter(database, registrationShape),
    device: makeWriter(database, deviceShape),
    twin: makeWriter(database, twinShape),
    hub: makeHubRemover(database),
    backEnds: makeBackEnds(database),
    operation: makeOperationWriter(database),
    groupCertificates: makeGroupCertificatesWriter(database),
    groupReferences: makeGroupReferencesWriter(database),
  }
}

function put(change: Extract<Change, { put: unknown }>, write: Writers): void {
  switch (change.put) {
    case 'individual':
      write.individual.put(change.value, change.expect)
      break
    case 'group':
      write.group.put(change.value, change.expect)
      write.groupCertificates(change.value)
      write.groupReferences(change.value)
      break
    case 'caCertificate':
      write.caCertificate.put(change.value, change.expect)
      break
    case 'registration':
      write.registration.put(change.value, change.expect)
      break
    case 'operation':
      write.operation.put(change.value)
      break
    case 'device':
      write.device.put(change.value, change.expect)
      break
    case 'twin':
      write.twin.put(change.value, change.expect)
      break
    case 'settings':
      write.settings.put(change.value, change.expect)
      break
    default:
      write.backEnds.put(change)
  }
}

function remove(change: Extract<Change, { delete: unknown }>, write: Writers): void {
  switch (change.delete) {
    case 'individual':
      write.individual.delete([change.key], change.expect)
      break
    case 'group':
      write.group.delete([change.key], change.expect)
      break
    case 'caCertificate':
      write.caCertificate.delete([change.key], change.expect)
      break
    case 'registration':
      write.registration.delete([change.key], change.expect)
      break
    case 'operation':
      write.operation.delete(change.id)
      break
    case 'device':
      write.device.delete([change.hub, change.deviceId], change.expect)
      write.twin.delete([change.hub, change.deviceId], 'any')
      write.logs.mail.removeDevice(change.hub, change.deviceId)
      write.logs.presence.removeDevice(change.hub, change.deviceId)
      write.logs.subscriptions.removeDevice(change.hub, change.deviceId)
      write.backEnds.removeDevice(change.hub, change.deviceId)
      break
    case 'hub':
      write.hub(change.hub)
      write.logs.telemetry.remove(change.hub)
      write.logs.mail.removeHub(change.hub)
      write.logs.presence.removeHub(change.hub)
      write.logs.subscriptions.removeHub(change.hub)
      write.backEnds.removeHub(change.hub)
      break
    case 'module':
      write.backEnds.remove(change)
      write.logs.mail.removeModule(change)
      write.logs.subscriptions.removeModule(change.hub, change.deviceId, change.moduleId)
      break
    default:
      write.backEnds.remove(change)
  }
}
