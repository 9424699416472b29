/** For tests: requests as a stranger writes them, their path and headers as they are given, to a whole service. */
import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import type { World } from '../world.ts'

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  /** A string goes as it is, anything else as JSON. */
  readonly body?: unknown
  /** Do not wait for the end of the answer. */
  readonly headOnly?: boolean
}

export interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

export type Ask = (line: string, asked?: Asked) => Promise<Told>

/** `ask('GET /landfall/instance')`, with nothing added but a length, and JSON as its type where there is a body. */
export function askOf(world: World): Ask {
  const agent = new Agent({ ca: readFileSync(world.connection.rootCaPath), keepAlive: true })
  return (line, { headers = {}, body, headOnly = false } = {}) => {
    const [method = 'GET', path = '/'] = line.split(' ')
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const more: Record<string, string> =
      text === undefined
        ? { 'content-length': '0' }
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
    const { host } = world
    const port = world.connection.ports.https
    return new Promise((resolve, reject) => {
      const options = { host, port, method, path, agent, headers: { ...more, ...headers } }
      const sent = request(options, (answer) => {
        const { statusCode: status = 0, headers: told } = answer
        if (headOnly) {
          sent.destroy()
          resolve({ status, headers: told, text: '', body: undefined })
        }
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('error', reject)
        answer.once('end', () => {
          const whole = Buffer.concat(chunks).toString()
          const isJson = whole !== '' && told['content-type']?.startsWith('application/json')
          resolve({ status, headers: told, text: whole, body: isJson ? JSON.parse(whole) : undefined })
        })
      })
      sent.once('error', reject)
      sent.end(text)
    })
  }
}

/** Signs in to the portal: what a browser would then send by itself, and what our own pages add. */
export async function signIn(ask: Ask, authorization: string) {
  const told = await ask('POST /portal/session', { headers: { authorization } })
  const cookie = String(told.headers['set-cookie']).split(';')[0] ?? ''
  return { told, cookie, csrf: String(told.body.csrf) }
}
