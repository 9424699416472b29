/** A refusal as the API said it. Nothing is reworded: the sentence, the code, and the tracking id to look it up by. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** HTTP status; 0: no answer at all. */
  readonly status: number
  readonly errorCode: number | undefined
  readonly trackingId: string | undefined
  /** The catalogue's name of it, such as `precondition_failed`. */
  readonly reason: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    facts: Partial<Pick<Problem, 'status' | 'errorCode' | 'trackingId' | 'reason' | 'retryAfterSeconds'>> = {},
  ) {
    super(message)
    this.status = facts.status ?? 0
    this.errorCode = facts.errorCode
    this.trackingId = facts.trackingId
    this.reason = facts.reason
    this.retryAfterSeconds = facts.retryAfterSeconds
  }
}

export const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(error instanceof Error ? error.message : String(error))

export async function readProblem(answer: Response): Promise<Problem> {
  const told = membersOf(await answer.json().catch(() => undefined))
  const retryAfter = Number(answer.headers.get('retry-after'))
  return new Problem(textOf(told.message) ?? `${answer.status} ${answer.statusText}`.trim(), {
    status: answer.status,
    errorCode: typeof told.errorCode === 'number' ? told.errorCode : undefined,
    trackingId: textOf(told.trackingId),
    reason: textOf(told.reason) ?? textOf(membersOf(told.info).reason),
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  })
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
