/** Devices and back ends whose network a test cuts: one connection each, over a wire or without. */
import { readFileSync } from 'node:fs'
import { Agent, type RequestOptions, request } from 'node:https'
import rhea, { type Connection, type EventContext } from 'rhea'
import { expect } from 'vitest'
import type { DeviceId } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import type { World } from '../world.ts'
import { dialAmqp, putToken } from './amqp-rig.ts'
import { hub, hubOf, makeDevice, type Reach } from './rig.ts'
import { layWire, type Wire } from './wire.ts'

export interface Known {
  readonly deviceId: string
  readonly deviceKey: string
}

export const data = (text: string) => rhea.message.data_section(Buffer.from(text))
export const textOf = ({ message }: EventContext): string => message?.body.content.toString()
export const events = ({ deviceId }: Known) => `/devices/${deviceId}/messages/events`

export type Cutting = ReturnType<typeof cuttingIn>

export function cuttingIn(world: Reach & Pick<World, 'devices'>) {
  let made = 0
  const shown = async ({ deviceId }: Known) => (await hub(world, `GET /devices/${deviceId}`)).body

  return {
    wireTo: (listener: 'mqtt' | 'amqp' | 'https') => layWire(world.host, world.connection.ports[listener]),

    async known(): Promise<Known> {
      const deviceId = `cut-${++made}`
      return { deviceId, deviceKey: await makeDevice(world, deviceId) }
    },

    /** A connection that has put the device's token. */
    async byAmqp(device: Known, wire?: Wire): Promise<Connection> {
      const connection = dialAmqp(world, wire && { port: wire.port })
      await putToken(connection, tokenFor(world, device))
      return connection
    },

    async byHttps(device: Known, wire?: Wire) {
      const asking = askingByHttps(world, device, wire)
      // its connection stands when this is answered
      await asking.ask('GET messages/nowhere')
      return asking
    },

    async sendMail({ deviceId }: Known, text: string): Promise<void> {
      const order = { body: Buffer.from(text), properties: {}, system: { messageId: text }, ack: 'none' } as const
      await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId: deviceId as DeviceId }, order)
    },

    mailCount: async (device: Known): Promise<number> => (await shown(device)).cloudToDeviceMessageCount,

    isGone: (device: Known) =>
      expect.poll(async () => (await shown(device)).connectionState, { timeout: 5000 }).toBe('Disconnected'),
  }
}

const tokenFor = ({ host }: Reach, { deviceId, deviceKey }: Known) =>
  makeToken({ resource: `${host}/devices/${deviceId}`, key: deviceKey, expiry: Date.now() + 3600_000 })

/** Asks as the device, below itself or by a whole path, all over one connection; an answer that is lost is undefined. */
export function askingByHttps(reach: Reach, device: Known, wire?: Wire) {
  const { host, connection } = reach
  const agent = new Agent({ ca: readFileSync(connection.rootCaPath), keepAlive: true, maxSockets: 1 })
  return {
    ask(line: string, body = '') {
      const [method, below = ''] = line.split(' ')
      const bare = below.startsWith('/') ? below : `/devices/${device.deviceId}/${below}`
      const path = `${bare}?api-version=2021-04-12`
      const headers = { authorization: tokenFor(reach, device) }
      return askOver({ agent, host, port: wire?.port ?? connection.ports.https, method, path, headers }, body)
    },
    close: () => agent.destroy(),
  }
}

interface HttpAnswer {
  readonly status: number
  readonly etag: string
  readonly body: string
}

function askOver(order: RequestOptions, body: string): Promise<HttpAnswer | undefined> {
  return new Promise((resolve) => {
    const sent = request(order)
    sent.once('error', () => resolve(undefined))
    sent.once('response', (answer) => {
      let text = ''
      answer.on('data', (bytes) => {
        text += bytes
      })
      answer.once('error', () => resolve(undefined))
      const etag = String(answer.headers.etag ?? '').replaceAll('"', '')
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, etag, body: text }))
    })
    sent.end(body)
  })
}
