/** Trying again what may pass: a hub that cannot be reached, a disk that fails for a while. Ends when the service closes. */
import { ProvisioningError } from '../fault.ts'
import type { Change, Store } from '../store/store.ts'
import type { Clock, Instant, Timers } from '../system.ts'
import { storageFault } from './store-failures.ts'

/** contract/semantics 18 row 66 */
const patienceMs = 2 * 60_000
const firstPauseMs = 500
const longestPauseMs = 10_000

/** The service closes; what is left to do is on disk. */
export class Closing extends Error {}

export interface Waiting {
  readonly clock: Clock
  readonly timers: Timers
  readonly closing: AbortSignal
}

/** Tries for two minutes after `since`; what came of the last try is the result, a refusal too. */
export async function patiently<Result>(
  tryOnce: () => Promise<Result | ProvisioningError>,
  mayPass: (refusal: ProvisioningError) => boolean,
  since: Instant,
  waiting: Waiting,
): Promise<Result | ProvisioningError> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const result = await tryOnce()
    const again = result instanceof ProvisioningError && mayPass(result)
    if (!again || waiting.clock.now() + pauseMs > since + patienceMs) return result
    await pause(pauseMs, waiting)
  }
}

/** The hub has done its part, so a disk that fails for a while is waited for. */
export async function commitPatiently(changes: readonly Change[], store: Store, waiting: Waiting): Promise<void> {
  for (;;) {
    try {
      return await store.commit(changes)
    } catch (error) {
      if (!storageFault(error)) throw error
      await pause(firstPauseMs, waiting)
    }
  }
}

async function pause(ms: number, { timers, closing }: Waiting): Promise<void> {
  await timers.sleep(ms, closing)
  if (closing.aborted) throw new Closing()
}
