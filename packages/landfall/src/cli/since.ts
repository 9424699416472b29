/** `--since`: how long ago, or when. */
import { UsageError } from './exit.ts'

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `2h`, in milliseconds; undefined: it is no such text. */
export function durationOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return unit === undefined ? undefined : Number(count) * unitMs[unit as keyof typeof unitMs]
}

/** As ISO 8601. */
export function timeOf(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return
  const ago = durationOf(text)
  const at = ago === undefined ? Date.parse(text) : Date.now() - ago
  if (Number.isNaN(at))
    throw new UsageError(`${flag}: "${text}" is no time; write 30m, 2h, 7d or 2030-01-01T00:00:00Z.`)
  return new Date(at).toISOString()
}
