/** The service's clock, by the Date of its answers: sessions and tokens end by it, and a browser's may be wrong. */
let aheadMs = 0

export const serviceTime = (): number => Date.now() + aheadMs

export function noteServiceTime(headers: Headers): void {
  const told = Date.parse(headers.get('date') ?? '')
  if (!Number.isNaN(told)) aheadMs = told - Date.now()
}
