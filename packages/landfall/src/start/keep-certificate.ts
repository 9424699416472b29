/** A hub that is made has a name of its own, and certificates end: new connections get a new certificate. */
import type { Server } from 'node:tls'
import type { Log } from '../observe/log.ts'
import { defaultLimits } from '../protocol/limits.ts'
import { tlsOptions } from '../protocol/tls.ts'
import type { Timers } from '../system.ts'
import {
  type ServerCertificate,
  type ServerCertificateOrder,
  serverCertificate,
  stillServes,
} from './server-certificate.ts'

interface Keeping {
  /** Replaced when a new one was made. */
  readonly held: { current: ServerCertificate }
  readonly order: Omit<ServerCertificateOrder, 'names'>
  /** The names to be served now. */
  readonly wanted: () => Promise<ServerCertificateOrder['names']>
  readonly servers: readonly Pick<Server, 'setSecureContext'>[]
  readonly timers: Timers
  readonly log: Log
}

/** Often enough for one that ends; another process may have made a hub, too. */
const lookEveryMs = 3000

/**
 * Looks now and then, and gives a way to look at once. That resolves when what is served does for all names; it never
 * rejects.
 */
export function keepCertificate(keeping: Keeping, stop: AbortSignal): () => Promise<void> {
  // one after the other: two would make two certificates
  let looking = Promise.resolve()
  const look = () => {
    looking = looking.then(() => renewOrTell(keeping))
    return looking
  }
  void lookNowAndThen(keeping.timers, look, stop)
  return look
}

async function lookNowAndThen(timers: Timers, look: () => Promise<void>, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await timers.sleep(lookEveryMs, stop)
    if (!stop.aborted) await look()
  }
}

async function renewOrTell(keeping: Keeping): Promise<void> {
  try {
    await renew(keeping)
  } catch (error) {
    keeping.log.error({ err: error }, 'the server certificate could not be made anew')
  }
}

async function renew(keeping: Keeping): Promise<void> {
  const names = await keeping.wanted()
  if (stillServes(keeping.held.current, names, keeping.order.clock)) return
  keeping.held.current = await serverCertificate({ ...keeping.order, names })
  const { chainPem: certificate, keyPem: key } = keeping.held.current
  const options = tlsOptions({ certificate, key }, defaultLimits.handshakeMs)
  for (const server of keeping.servers) server.setSecureContext(options)
  keeping.log.info({ names }, 'the server certificate was made anew')
}
