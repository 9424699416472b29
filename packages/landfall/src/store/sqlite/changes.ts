/** Applies changes to the open transaction. */
import type { DatabaseSync } from 'node:sqlite'
import type { Change } from '../store.ts'
import type { AuditLog } from './audit.ts'
import {
  makeGroupCertificatesWriter,
  makeGroupReferencesWriter,
  makeHubRemover,
  makeOperationWriter,
} from './belongings.ts'
import {
  caCertificateShape,
  deviceShape,
  groupShape,
  individualShape,
  registrationShape,
  settingsShape,
  twinShape,
} from './shapes.ts'
import { makeWriter } from './writer.ts'

export function makeChanger(database: DatabaseSync, audit: AuditLog): (change: Change) => void {
  const write = makeWriters(database)
  return (change) => {
    if ('put' in change) put(change, write)
    else if ('delete' in change) remove(change, write)
    else audit.append(change.entry)
  }
}

type Writers = ReturnType<typeof makeWriters>

function makeWriters(database: DatabaseSync) {
  return {
    settings: makeWriter(database, settingsShape),
    individual: makeWriter(database, individualShape),
    group: makeWriter(database, groupShape),
    caCertificate: makeWriter(database, caCertificateShape),
    registration: makeWriter(database, registrationShape),
    device: makeWriter(database, deviceShape),
    twin: makeWriter(database, twinShape),
    hub: makeHubRemover(database),
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
      break
    case 'hub':
      write.hub(change.hub)
  }
}
