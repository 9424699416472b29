/** A service runs until somebody stops it; what was begun is finished first. */
import type { Log } from '../observe/log.ts'
import type { RunningServer } from '../server.ts'
import { tell } from './output.ts'

/** A command ends when its reader goes away, as in "landfall … | head"; a service does not live for its first lines. */
export function outliveReader(): void {
  process.stdout.removeAllListeners('error').on('error', () => {})
}

/** Aborts at the first SIGINT or SIGTERM from now on, be the service ready or still starting. */
export function askedToStop(saying = 'Stopping …'): AbortSignal {
  const asked = new AbortController()
  const stop = () => {
    // who asks twice does not want to wait
    if (asked.signal.aborted) process.exit(130)
    if (saying !== '') tell(saying)
    asked.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  return asked.signal
}

/** A promise that nobody waited for would end the process, and take every device's connection with it. */
function outliveOversights(log: Log): void {
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'something failed that nobody waited for'))
}

export async function untilStopped(server: RunningServer, stop: AbortSignal): Promise<void> {
  outliveOversights(server.log)
  const close = () => void server.close()
  if (stop.aborted) close()
  else stop.addEventListener('abort', close, { once: true })
  await server.closed
}
