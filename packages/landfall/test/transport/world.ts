/** Real listeners on free ports before a recording engine. */
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { deviceHttps } from '../../src/device-api/https.ts'
import type { DeviceApiParts } from '../../src/device-api/parts.ts'
import type { Log } from '../../src/observe/log.ts'
import { makeHttp } from '../../src/protocol/http.ts'
import { defaultLimits, type ProtocolLimits } from '../../src/protocol/limits.ts'
import { listen } from '../../src/protocol/listener.ts'
import { realSystem } from '../../src/system.ts'
import { makeRecorder, type Recorder } from './recorder.ts'
import { makeTestPki, type TestPki } from './test-pki.ts'

export interface LogLine {
  readonly level: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly message: string
}

export interface TransportWorld {
  readonly pki: TestPki
  readonly device: Recorder
  readonly log: LogLine[]
  readonly httpsPort: number
  [Symbol.asyncDispose](): Promise<void>
}

export interface WorldOptions {
  readonly fidelity?: 'landfall' | 'cloud'
  readonly limits?: Partial<ProtocolLimits>
  readonly wrap?: (device: Recorder) => DeviceApiParts['device']
}

export async function startTransports({ fidelity = 'landfall', limits = {}, wrap = (it) => it }: WorldOptions = {}) {
  const pki = makeTestPki()
  const lines: LogLine[] = []
  const log = recordingLog(lines)
  const device = makeRecorder()
  const { clock, random, timers } = realSystem()
  const parts: DeviceApiParts = { device: wrap(device), fidelity, clock, random, timers, log }
  const http = makeHttp({
    identity: { key: pki.server.key, certificate: pki.server.pem },
    limits: { ...defaultLimits, ...limits },
    fidelity,
    clock,
    random,
    log,
  })
  http.app.register(deviceHttps(parts))
  await http.app.ready()
  const httpsPort = await listen(http.server, { host: '127.0.0.1', port: 0 })
  const world: TransportWorld = {
    pki,
    device,
    log: lines,
    httpsPort,
    async [Symbol.asyncDispose]() {
      http.server.closeAllConnections()
      await http.close()
      pki[Symbol.dispose]()
    },
  }
  return world
}

function recordingLog(lines: LogLine[]): Log {
  const at = (level: string) => (facts: object, message: string) => {
    lines.push({ level, facts: facts as LogLine['facts'], message })
  }
  return { info: at('info'), warn: at('warn'), error: at('error'), debug: at('debug') }
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly body: any
}

/** One request on a connection of its own, with the device's certificate unless told otherwise. */
export function call(
  world: TransportWorld,
  method: string,
  path: string,
  { body, ...options }: RequestOptions & { body?: string | Uint8Array } = {},
): Promise<HttpAnswer> {
  const { pki, httpsPort } = world
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: 'localhost',
        port: httpsPort,
        ca: pki.root.pem,
        cert: pki.device.pem + pki.intermediate.pem,
        key: pki.device.key,
        agent: false,
        method,
        path,
        ...options,
      },
      (response) => {
        const chunks: Uint8Array[] = []
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: text && JSON.parse(text) })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
