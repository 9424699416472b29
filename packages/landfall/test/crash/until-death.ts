/** Work that goes on until its service is killed; the kill comes when it is under way, however slow the machine is. */

export interface UntilDeath<Result> {
  /** So much of it was acknowledged. */
  readonly underWay: Promise<void>
  /** What came of it, once the service is gone. */
  readonly result: Promise<Result>
}

/** `work` tells of each thing that is acknowledged; `enough` of them are under way. */
export function untilDeath<Result>(enough: number, work: (told: () => void) => Promise<Result>): UntilDeath<Result> {
  const underWay = Promise.withResolvers<void>()
  let count = 0
  const result = work(() => {
    if (++count === enough) underWay.resolve()
  })
  result.then(
    () => underWay.reject(new Error(`it ended when ${count} of ${enough} were acknowledged`)),
    underWay.reject,
  )
  return { underWay: underWay.promise, result }
}
