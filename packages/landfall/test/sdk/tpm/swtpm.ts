/**
 * A TPM in software, as its own process (the package swtpm), and what the SDKs' TPM libraries speak in front of it: the
 * protocol of Microsoft's simulator (contract/device-api-amqp-tpm 11.3).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SoftwareTpm extends AsyncDisposable {
  /** As tpm2-tools take it. */
  readonly tcti: string
  /** Of the simulator's protocol: commands here, the platform at the next. */
  readonly simulatorPort: number
}

export async function startTpm(): Promise<SoftwareTpm> {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-tpm-'))
  const port = await freePair()
  const child = spawn(
    'swtpm',
    [
      ...['socket', '--tpm2', '--tpmstate', `dir=${dir}`, '--flags', 'not-need-init,startup-clear'],
      ...['--server', `type=tcp,port=${port}`, '--ctrl', `type=tcp,port=${port + 1}`],
    ],
    { stdio: 'ignore' },
  )
  const failed = new Promise<never>((_, reject) =>
    child.once('error', () =>
      reject(new Error('swtpm is missing: install the package "swtpm" (apt-get install swtpm).')),
    ),
  )
  await Promise.race([listening(port), failed])
  const simulatorPort = await freePair()
  const upstream = makeUpstream(port)
  const servers = [
    await serve(simulatorPort, (socket) => commands(socket, upstream)),
    await serve(simulatorPort + 1, (socket) => platform(socket, port + 1)),
  ]
  return {
    tcti: `swtpm:host=127.0.0.1,port=${port}`,
    simulatorPort,
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close()
      upstream.close()
      await ended(child)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Two neighbouring ports that nobody has. */
async function freePair(): Promise<number> {
  for (;;) {
    const first = await serve(0, () => {})
    const { port } = first.address() as { port: number }
    const second = await serve(port + 1, () => {}).catch(() => undefined)
    first.close()
    second?.close()
    if (second) return port
  }
}

function serve(port: number, take: (socket: Socket) => unknown): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      // who is gone is served no longer
      Promise.resolve(take(socket)).catch(() => socket.destroy())
    })
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, () => resolve(server))
  })
}

/** swtpm takes one client at a time, so this one leaves at once. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = await dial(port).catch(() => undefined)
    if (socket) {
      socket.destroy()
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill()
  })
}

const u32 = (...values: readonly number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

const signal = { sendCommand: 8, remoteHandshake: 15, sessionEnd: 20, stop: 21, powerOff: 2, powerOn: 1 } as const

/** swtpm takes one client at a time, and so one command after the other. */
function makeUpstream(port: number) {
  let tpm: Promise<{ readonly socket: Socket; readonly read: Reader }> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  async function ask(command: Buffer): Promise<Buffer> {
    tpm ??= dial(port).then((socket) => ({ socket, read: reader(socket) }))
    const { socket, read } = await tpm
    socket.write(command)
    const head = await read.take(6)
    return Buffer.concat([head, await read.take(head.readUInt32BE(2) - 6)])
  }
  return {
    ask(command: Buffer): Promise<Buffer> {
      const answer = turn.then(() => ask(command))
      turn = answer.catch(() => {})
      return answer
    },
    close: () => void tpm?.then(({ socket }) => socket.destroy()),
  }
}

type Upstream = ReturnType<typeof makeUpstream>

async function commands(socket: Socket, upstream: Upstream): Promise<void> {
  const client = reader(socket)
  for (;;) {
    const asked = await client.u32()
    if (asked === signal.remoteHandshake) {
      await client.u32()
      // its version, that it has a platform, success
      socket.write(u32(1, 1, 0))
    } else if (asked === signal.sendCommand) {
      await client.take(1)
      const answer = await upstream.ask(await client.take(await client.u32()))
      socket.write(Buffer.concat([u32(answer.length), answer, u32(0)]))
    } else return void socket.end()
  }
}

async function platform(socket: Socket, controlPort: number): Promise<void> {
  const client = reader(socket)
  let isOff = false
  for (;;) {
    const asked = await client.u32()
    if (asked === signal.sessionEnd) return void socket.end()
    if (asked === signal.powerOn && isOff) await initialize(controlPort)
    isOff = asked === signal.powerOff || (isOff && asked !== signal.powerOn)
    socket.write(u32(0))
  }
}

/** CMD_INIT of swtpm's control channel: as the power comes back. */
async function initialize(controlPort: number): Promise<void> {
  const control = await dial(controlPort)
  control.write(u32(2, 0))
  await reader(control).take(4)
  control.destroy()
}

type Reader = ReturnType<typeof reader>

function reader(socket: Socket) {
  let held = Buffer.alloc(0)
  let isOver = false
  let woken = () => {}
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    woken()
  })
  socket.on('close', () => {
    isOver = true
    woken()
  })
  async function take(count: number): Promise<Buffer> {
    while (held.length < count) {
      if (isOver) throw new Error('the other side is gone')
      await new Promise<void>((resolve) => {
        woken = resolve
      })
    }
    const bytes = held.subarray(0, count)
    held = held.subarray(count)
    return bytes
  }
  return { take, u32: async () => (await take(4)).readUInt32BE(0) }
}
