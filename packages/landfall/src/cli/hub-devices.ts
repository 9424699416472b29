/** `landfall hub twin | method | send`: one device of a hub, for people. */
import type { Command } from 'commander'
import type { Json } from '../json.ts'
import { chooseHub } from './choose-hub.ts'
import { type CommonOptions, verb } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { answer, facts, harmless } from './output.ts'

interface DeviceOptions extends CommonOptions {
  readonly hub?: string
}

const ofDevice = (command: Command): Command =>
  command.option('--hub <name>', 'the hub that the device is on, where there are several')

async function askDevice<Body>(
  device: string,
  options: DeviceOptions,
  what: { readonly method: 'GET' | 'POST'; readonly below: string; readonly body?: object },
): Promise<Body> {
  const client = connect(options)
  const hub = await chooseHub(client, options.hub)
  const path = `/landfall/hubs/${encodeURIComponent(hub)}/devices/${encodeURIComponent(device)}/${what.below}`
  return (await client.request<Body>({ method: what.method, path, body: what.body })).body
}

export function twinVerb(command: Command): void {
  ofDevice(
    verb(command, 'twin <device>', 'Shows what a device is to be, and what it says that it is.', ['hub twin pump-12']),
  ).action(async (device: string, options: DeviceOptions) => {
    answer(options.json, await askDevice<object>(device, options, { method: 'GET', below: 'twin' }), facts)
  })
}

interface MethodOptions extends DeviceOptions {
  readonly timeout: string
  readonly wait: string
}

interface MethodResult {
  readonly status: number
  readonly payload: Json
}

export function methodVerb(command: Command): void {
  ofDevice(
    verb(command, 'method <device> <name> [payload]', 'Calls a method of a connected device, and shows its answer.', [
      'hub method pump-12 reboot',
      `hub method pump-12 setInterval '{"seconds":5}' --timeout 10`,
    ]),
  )
    .option('--timeout <seconds>', 'how long the device may take to answer', '30')
    .option('--wait <seconds>', 'how long to wait for a device that is not connected', '0')
    .action(async (device: string, name: string, payload: string | undefined, options: MethodOptions) => {
      const body = {
        methodName: name,
        payload: payload === undefined ? null : readPayload(payload),
        responseTimeoutInSeconds: secondsOf('--timeout', options.timeout),
        connectTimeoutInSeconds: secondsOf('--wait', options.wait),
      }
      const result = await askDevice<MethodResult>(device, options, { method: 'POST', below: 'methods', body })
      answer(options.json, result, ({ status, payload }) => `${status}  ${harmless(JSON.stringify(payload))}`)
    })
}

/** JSON where it is JSON; else the text itself, so that a word needs no quotes within quotes. */
function readPayload(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

function secondsOf(flag: string, text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text)
  throw new UsageError(`${flag}: "${text}" is no number of seconds up to 300.`)
}

interface SendOptions extends DeviceOptions {
  readonly property?: readonly string[]
}

export function messageVerb(command: Command): void {
  ofDevice(
    verb(command, 'send <device> <message>', 'Sends a message to a device; it waits where the device is away.', [
      'hub send pump-12 hello',
      `hub send pump-12 '{"valve":"open"}' --property urgent=yes`,
    ]),
  )
    .option('--property <name=value...>', 'a property of the message')
    .action(async (device: string, body: string, options: SendOptions) => {
      const order = { body, properties: Object.fromEntries((options.property ?? []).map(propertyOf)) }
      const sent = await askDevice<{ readonly messageId: string; readonly waiting: number }>(device, options, {
        method: 'POST',
        below: 'messages',
        body: order,
      })
      answer(options.json, sent, ({ messageId, waiting }) =>
        waiting === 0 ? `Sent, and taken (${messageId}).` : `Sent (${messageId}); ${waiting} wait for the device.`,
      )
    })
}

function propertyOf(text: string): [name: string, value: string] {
  const cut = text.indexOf('=')
  if (cut < 1) throw new UsageError(`--property: "${text}" is not NAME=VALUE.`)
  return [text.slice(0, cut), text.slice(cut + 1)]
}
