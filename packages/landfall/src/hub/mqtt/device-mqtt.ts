/** Devices of the embedded hubs over MQTT 3.1.1, on its own port and over WebSocket (contract/iot-hub 10). */
import { makeTrackingId, printable } from '../../ids.ts'
import type { Log } from '../../observe/log.ts'
import type { MqttConnect, MqttService, MqttSession, RefusedConnect } from '../../protocol/mqtt-service.ts'
import type { Store } from '../../store/store.ts'
import type { Clock, Random } from '../../system.ts'
import type { DeviceHub, DeviceSession, Knock } from '../device/session.ts'
import { HubRefusal } from '../refusal.ts'
import { MqttDevice } from './device-session.ts'
import { type BegunSession, type KeptSessions, makeKeptSessions } from './kept-sessions.ts'
import { looksLikeHub, readUserName } from './user-name.ts'

export interface HubMqttParts {
  readonly devices: DeviceHub
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** To be asked after provisioning's: its user names look like a hub's. */
export function hubMqtt(parts: HubMqttParts): MqttService {
  const kept = makeKeptSessions(parts)
  return {
    matches: ({ userName }) => userName !== undefined && looksLikeHub(userName),
    async connect(connect, session) {
      const knock = knockOf(parts, connect, session)
      if (typeof knock === 'number') return knock
      const idleMs = idleMsOf(connect)
      // the device can be cut before it is let in
      let cutFor: HubRefusal | undefined
      const cut = (why: HubRefusal) => {
        cutFor = why
        session.close(why.message)
      }
      try {
        const device = await parts.devices.connect(knock, { cut, idleMs })
        const { lasting, isKept } = await begin(kept, device, connect.clean)
        return new MqttDevice(parts, {
          will: connect.will,
          session,
          idleMs,
          device,
          lasting,
          isKept,
          cutFor: () => cutFor,
        })
      } catch (error) {
        return refusalOf(error)
      }
    },
  }
}

/** The device is on its hub already, and must not stay there alone. */
async function begin(kept: KeptSessions, device: DeviceSession, clean: boolean): Promise<BegunSession> {
  try {
    return await kept.begin(device, clean)
  } catch (error) {
    device.close()
    throw error
  }
}

function knockOf(
  { devices, random }: HubMqttParts,
  connect: MqttConnect,
  session: MqttSession,
): Knock | RefusedConnect {
  const { clientId, password, userName = '' } = connect
  const user = readUserName(userName, clientId)
  const shown: Omit<Knock, 'host' | 'deviceId'> = {
    sasToken: password || undefined,
    certificates: session.certificates,
    moreCertificates: (known) => session.moreCertificates(known),
    vouchForCertificates: () => session.vouchForCertificates(),
    transport: session.transport,
    remoteAddress: session.remoteAddress,
    trackingId: makeTrackingId(random),
  }
  if (user) return { ...user, ...shown }
  devices.refuse(
    { host: userName.split('/', 1)[0] ?? '', deviceId: clientId, ...shown },
    wrongUserName(userName, clientId),
  )
  return clientId === '' ? 2 : 5
}

const wrongUserName = (userName: string, clientId: string) =>
  new HubRefusal(
    'IotHubFormatError',
    `The user name "${printable(userName, 300)}" does not fit the client id "${printable(clientId)}". It is to be {host}/{client id}/?api-version=2021-04-12, the client id being the device id.`,
  )

/** contract/iot-hub 10.8 */
const longestIdleMs = 1767_000
const idleMsOf = ({ keepAliveSeconds }: MqttConnect) =>
  Math.min(keepAliveSeconds * 1500 || longestIdleMs, longestIdleMs)

/** contract/iot-hub 10.4: 5 for everything that is the device's, 3 for what is ours and passes. */
function refusalOf(error: unknown): RefusedConnect {
  if (error instanceof HubRefusal) return error.status >= 500 ? 3 : 5
  if (error instanceof Error && error.name === 'StorageUnavailable') return 3
  throw error
}
