/** From many measurements to one figure. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The nearest rank: a value that was measured, never one in between. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** The median of the quotients of each round: what disturbed one round disturbed both sides of it. */
export function ratioByRound(own: readonly number[], peer: readonly number[]): number {
  return median(own.flatMap((value, round) => (peer[round] ? [value / peer[round]] : [])))
}

/** Lines up a table in Markdown, so that it can be read here and pasted there. First column to the left. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
}

export const whole = (value: number): string => (Number.isFinite(value) ? String(Math.round(value)) : '–')
export const oneDecimal = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '–')
export const times = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)} ×` : '–')
