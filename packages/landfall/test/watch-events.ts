/** Somebody who watches what goes on, over a connection that stays. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { World } from './world.ts'

export async function watch(world: World, authorization?: string): Promise<IncomingMessage> {
  const { rootCaPath, ports } = world.connection
  const ca = readFileSync(rootCaPath)
  const headers = { authorization: authorization ?? (await world.token()) }
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: ports.https, path: '/landfall/events', ca, headers, agent: false })
      .once('error', reject)
      .once('response', resolve)
      .end()
  })
}

/** Reads until `done` holds of what was read. */
export async function readUntil(stream: IncomingMessage, done: (text: string) => boolean): Promise<string> {
  let text = ''
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (done(text)) return text
  }
  return text
}
