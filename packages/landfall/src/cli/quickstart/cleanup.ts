/** `landfall quickstart --cleanup`: removes what quickstart made, and nothing else. */
import { NotFoundError, type ProvisioningServiceClient, type Registration } from 'landfall-client'
import { deleteCertificate } from '../certificate-calls.ts'
import { answer } from '../output.ts'
import { groupId, quickstartDirOf, removeFiles, rootName } from './files.ts'
import { findOrStart } from './service.ts'
import type { Setting } from './walk.ts'

interface Removed {
  readonly registrations: number
  readonly hubDevices: number
  readonly enrollmentGroup: boolean
  readonly caCertificate: boolean
}

export async function cleanUpAfterWalk({ config, system, json }: Setting): Promise<void> {
  const service = await findOrStart(config, system)
  try {
    answer(json, await cleanUp(service.client, quickstartDirOf(config.dataDir)), removedSentence)
  } finally {
    await service.own?.close()
  }
}

const removedSentence = ({ registrations, hubDevices, enrollmentGroup, caCertificate }: Removed) =>
  enrollmentGroup || caCertificate || registrations > 0
    ? `Removed the enrollment group, ${registrations} registrations, ${hubDevices} devices on hubs, the CA certificate and the files.`
    : 'Nothing of a quickstart was left.'

/** The group first, so that no device comes in meanwhile. */
async function cleanUp(client: ProvisioningServiceClient, dir: string): Promise<Removed> {
  const enrollmentGroup = await wasThere(client.enrollmentGroups.delete(groupId))
  const registrations = await client.registrations.query(groupId).toArray()
  const hubDevices = await removeAll(client, registrations)
  const caCertificate = await wasThere(deleteCertificate(client, rootName, { force: true }))
  removeFiles(dir)
  return { registrations: registrations.length, hubDevices, enrollmentGroup, caCertificate }
}

/** Many at once share a durable write. Gives the number of devices that were on a hub. */
async function removeAll(client: ProvisioningServiceClient, registrations: readonly Registration[]): Promise<number> {
  let hubDevices = 0
  for (let first = 0; first < registrations.length; first += atOnce) {
    const removed = registrations
      .slice(first, first + atOnce)
      .map(async ({ registrationId, assignedHub, deviceId }) => {
        const onHub = assignedHub !== undefined && deviceId !== undefined
        if (onHub && (await removeDevice(client, assignedHub, deviceId))) hubDevices += 1
        await wasThere(client.registrations.delete(registrationId))
      })
    await Promise.all(removed)
  }
  return hubDevices
}

const atOnce = 16

function removeDevice(client: ProvisioningServiceClient, hub: string, deviceId: string): Promise<boolean> {
  const path = `/landfall/hubs/${encodeURIComponent(hub)}/devices/${encodeURIComponent(deviceId)}`
  return wasThere(client.request({ method: 'DELETE', path }))
}

/** Removing what is not there is no failure. */
async function wasThere(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal
    return true
  } catch (error) {
    if (error instanceof NotFoundError) return false
    throw error
  }
}
