import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openPort, PortUnavailable } from './open-port.ts'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

const makeServer = () => {
  const server = createServer()
  servers.push(server)
  return server
}

const said: string[] = []
const note = (_facts: object, message: string) => void said.push(message)
const log = { info: note, warn: note, error: note, debug: note }

async function takenPort(): Promise<number> {
  const server = makeServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

test('a port that was asked for and is taken is an error that says what to do', async () => {
  const order = { name: 'https', host: '127.0.0.1', port: await takenPort() } as const
  const opening = openPort(makeServer(), order, log)
  await expect(opening).rejects.toThrow(PortUnavailable)
  await expect(opening).rejects.toThrow(/another program has it\. Give another with --https-port/)
})

test('an address that this machine does not have is an error', async () => {
  const order = { name: 'https', host: '192.0.2.1', port: 443 } as const
  await expect(openPort(makeServer(), order, log)).rejects.toThrow(/this machine has no such address/)
})

test('where a standard port is taken another is, and the log says which clients mind', async () => {
  const order = { name: 'management', host: '127.0.0.1', port: 9400 } as const
  const first = await openPort(makeServer(), order, log)
  const second = await openPort(makeServer(), order, log)
  expect(second).not.toBe(first)
  expect(said.join('\n')).toMatch(/Port 9400 cannot be opened: another program has it\. Taking \d+ instead/)
})
