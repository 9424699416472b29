/** How long to wait before the next attempt: longer each time, and another time for each device (contract/device-api 8). */
import type { Random } from '../system.ts'

const firstMs = 1000
const mostMs = 30_000

/** After so many failures in a row, 1 and up: half of it is chance, so that a fleet does not come back in one moment. */
export function backOffMs(failures: number, random: Random): number {
  const most = Math.min(mostMs, firstMs * 2 ** (failures - 1))
  const [byte = 0] = random.bytes(1)
  return Math.round(most * (0.5 + byte / 510))
}
