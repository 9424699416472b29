import { Agent } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { assigned } from '../../test/transport/recorder.ts'
import { call, dial, readToEnd, startTransports } from '../../test/transport/world.ts'

const register = '/0ne/registrations/dev-1/register?api-version=2019-03-31'

const broken: readonly [string, string, number][] = [
  ['no HTTP', 'EHLO there\r\n\r\n', 400],
  ['a header without end', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['too many headers', `GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5000)}\r\n`, 431],
  ['two lengths', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
]
for (const [what, text, status] of broken) {
  test(`answers ${what} with ${status} in JSON, and closes`, async () => {
    await using world = await startTransports()
    const socket = await dial(world, world.httpsPort)
    const answer = readToEnd(socket)
    socket.write(text)
    const got = (await answer).toString()
    expect(got).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(got).not.toMatch(/node:|at \w+ \(/)
    const body = got.slice(got.indexOf('\r\n\r\n') + 4)
    expect(JSON.parse(body)).toMatchObject({ errorCode: status * 1000 })
    expect((await call(world, 'PUT', register)).status).toBe(200)
  })
}

test('headers that never end are answered with 408 and closed', async () => {
  await using world = await startTransports({ limits: { headersMs: 100 } })
  const silent = await dial(world, world.httpsPort)
  const slow = await dial(world, world.httpsPort)
  const answers = [readToEnd(silent), readToEnd(slow)] as const
  slow.write('PUT / HTTP/1.1\r\n')
  const dribble = setInterval(() => slow.write('A: b\r\n'), 10)
  expect((await answers[1]).toString()).toMatch(/^HTTP\/1.1 408 /)
  clearInterval(dribble)
  await answers[0]
})

test('a body that never ends is answered with 408 and closed', async () => {
  await using world = await startTransports({ limits: { headersMs: 100, requestMs: 200 } })
  const socket = await dial(world, world.httpsPort)
  const answer = readToEnd(socket)
  socket.write(`PUT ${register} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n`)
  const dribble = setInterval(() => socket.write(' '), 10)
  expect((await answer).toString()).toMatch(/^HTTP\/1.1 408 /)
  clearInterval(dribble)
})

const plain = (port: number) =>
  new Promise<Socket>((resolve) => {
    const socket: Socket = connectPlain(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => {})
    socket.resume()
  })
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))

test('a socket that never begins its handshake, or sends no TLS, is closed, on either port', async () => {
  await using world = await startTransports({ limits: { handshakeMs: 100 } })
  for (const port of [world.httpsPort, world.mqttPort]) {
    const silent = await plain(port)
    const garbage = await plain(port)
    const ends = [closed(silent), closed(garbage)]
    garbage.write('GET / HTTP/1.1\r\n\r\n')
    await Promise.all(ends)
  }
  expect((await call(world, 'PUT', register)).status).toBe(200)
})

test('a crowd that never ends its handshakes keeps nobody out: the oldest of them goes', async () => {
  await using world = await startTransports({ limits: { unfinishedHandshakes: 4 } })
  for (const port of [world.httpsPort, world.mqttPort]) {
    const silent: Socket[] = []
    for (let n = 0; n < 4; n++) silent.push(await plain(port))
    const [oldest, ...others] = silent
    const gone = oldest && closed(oldest)
    const served = await dial(world, port)
    await gone
    expect([served, ...others].map(({ destroyed }) => destroyed)).toEqual([false, false, false, false])
    for (const socket of [served, ...silent]) socket.destroy()
  }
})

test('one address has so many connections and no more, until one is closed', async () => {
  await using world = await startTransports({ limits: { connectionsPerAddress: 2 } })
  const first = await dial(world, world.httpsPort)
  const second = await dial(world, world.httpsPort)
  await expect(dial(world, world.httpsPort)).rejects.toThrow()
  const gone = closed(first)
  first.destroy()
  await gone
  second.destroy()
  for (;;) {
    const answer = await call(world, 'PUT', register).catch(() => undefined)
    if (answer?.status === 200) break
  }
})

test('closing lets a request under way end, takes no more, and waits for nobody else', async () => {
  await using world = await startTransports()
  let finish = () => {}
  const asked = new Promise<void>((resolve) => {
    world.device.onRegister = async ({ registrationId }) => {
      resolve()
      await new Promise<void>((release) => {
        finish = release
      })
      return assigned(registrationId)
    }
  })
  const silent = await dial(world, world.httpsPort)
  const slow = await dial(world, world.httpsPort)
  slow.write('PUT / HTTP/1.1\r\nA: b')
  const ends = [readToEnd(silent), readToEnd(slow)]
  const agent = new Agent({ keepAlive: true })
  const answer = call(world, 'PUT', register, { agent })
  await asked
  const done = world.close()
  await expect(dial(world, world.httpsPort)).rejects.toThrow()
  finish()
  expect((await answer).status).toBe(200)
  await Promise.all([done, ...ends])
  agent.destroy()
})
