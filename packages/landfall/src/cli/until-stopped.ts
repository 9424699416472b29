/** A service runs until somebody stops it; what was begun is finished first. */
import type { RunningServer } from '../server.ts'
import { tell } from './output.ts'

/** A command ends when its reader goes away, as in "landfall … | head"; a service does not live for its first lines. */
export function outliveReader(): void {
  process.stdout.removeAllListeners('error').on('error', () => {})
}

const signals = ['SIGINT', 'SIGTERM'] as const

export async function untilStopped(server: RunningServer): Promise<void> {
  let asked = false
  const stop = () => {
    // who asks twice does not want to wait
    if (asked) process.exit(130)
    asked = true
    tell('Stopping …')
    void server.close()
  }
  for (const signal of signals) process.on(signal, stop)
  await server.closed
  for (const signal of signals) process.off(signal, stop)
}
