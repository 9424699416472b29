/** A stretch of network between a client and the service, which a test cuts at a chosen moment, or lets fall silent. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Towards the service, or towards the client. */
export type Way = 'up' | 'down'

export interface Wire extends AsyncDisposable {
  readonly port: number
  /** What comes next this way is lost but for its first bytes, and the connection with it. Resolves when it is. */
  cutAtNext(way: Way, afterBytes?: number): Promise<void>
  /** Nothing passes any more either way, and nobody is told: no FIN, no reset. */
  fallSilent(): void
}

export async function layWire(host: string, port: number): Promise<Wire> {
  const pairs = new Set<Record<Way, Socket>>()
  let isSilent = false
  let cut: { readonly way: Way; left: number; readonly done: () => void } | undefined

  const server = createServer((client) => {
    const service = connect({ host, port })
    const pair = { up: client, down: service }
    pairs.add(pair)
    pass(pair, 'up', service)
    pass(pair, 'down', client)
  })

  function pass(pair: Record<Way, Socket>, way: Way, to: Socket): void {
    const from = pair[way]
    from.on('error', () => {})
    from.on('data', (bytes: Buffer) => {
      if (isSilent) return
      const isLast = cut?.way === way && bytes.length > cut.left
      if (cut?.way === way) cut.left -= bytes.length
      if (!isLast) return to.write(bytes)
      // what is let through is on its way before the connection goes
      to.end(bytes.subarray(0, bytes.length + (cut?.left ?? 0)), () => end(pair))
    })
    from.on('close', () => {
      if (isSilent) return
      pairs.delete(pair)
      to.destroy()
    })
  }

  function end({ up, down }: Record<Way, Socket>): void {
    up.destroy()
    down.destroy()
    cut?.done()
    cut = undefined
  }

  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cutAtNext: (way, left = 0) =>
      new Promise((done) => {
        cut = { way, left, done }
      }),
    fallSilent() {
      isSilent = true
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const { up, down } of pairs) for (const socket of [up, down]) socket.destroy()
      await closed
    },
  }
}
