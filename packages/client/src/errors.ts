/** What a refusing service says of itself. */
export interface ErrorDetails {
  /** The HTTP status. */
  readonly status: number
  /** Six digits, the first three of which are the status; 0 where the answer had none. */
  readonly errorCode: number
  /** A stable word for the cause, such as `certificate_in_use`; Landfall gives one, the cloud does not. */
  readonly reason: string | undefined
  /** Names this one request in the service's log; `landfall explain` tells its story. */
  readonly trackingId: string | undefined
}

/**
 * The service said no. The message is the service's own sentence. Subclasses name the common cases:
 *
 * ```ts
 * try {
 *   await client.enrollmentGroups.get('plant-7')
 * } catch (error) {
 *   if (!(error instanceof NotFoundError)) throw error
 *   console.log('There is no such group yet.')
 * }
 * ```
 */
export class ProvisioningServiceError extends Error implements ErrorDetails {
  readonly status: number
  readonly errorCode: number
  readonly reason: string | undefined
  readonly trackingId: string | undefined

  constructor(message: string, { status, errorCode, reason, trackingId }: ErrorDetails) {
    super(message)
    this.name = new.target.name
    this.status = status
    this.errorCode = errorCode
    this.reason = reason
    this.trackingId = trackingId
  }
}

/** 400: the request breaks a rule; the message says which. */
export class BadRequestError extends ProvisioningServiceError {}
/** 401: the token is wrong or expired, or its policy lacks the right. */
export class UnauthorizedError extends ProvisioningServiceError {}
/** 404: there is nothing of this name. */
export class NotFoundError extends ProvisioningServiceError {}
/** 409: it exists already; send its etag to change it. */
export class ConflictError extends ProvisioningServiceError {}
/** 412: somebody else changed it since it was read. */
export class PreconditionFailedError extends ProvisioningServiceError {}
/** 429: too many requests, even after waiting as long as the service asked. */
export class ThrottledError extends ProvisioningServiceError {}
/** 5xx: the service is in trouble. */
export class ServiceFailureError extends ProvisioningServiceError {}

/** No answer came: the name does not resolve, nobody listens, the certificate is not trusted, or time ran out. */
export class ServiceUnreachableError extends Error {
  constructor(host: string, cause: unknown) {
    super(`Cannot reach the provisioning service at ${host}: ${rootOf(cause)}.`, { cause })
    this.name = 'ServiceUnreachableError'
  }
}

/** fetch says only "fetch failed"; what happened stands in the causes below. */
function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return rootOf(error.cause)
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0])
  return error.message || error.name
}

const classes: Readonly<Record<number, typeof ProvisioningServiceError>> = {
  400: BadRequestError,
  401: UnauthorizedError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionFailedError,
  429: ThrottledError,
}

/** The error of an answer, whatever its body is. */
export function errorOf(status: number, text: string, requestId: string | null): ProvisioningServiceError {
  const body = parse(text)
  const info = body.info as Record<string, unknown> | undefined
  const Class = classes[status] ?? (status >= 500 ? ServiceFailureError : ProvisioningServiceError)
  return new Class(stringOf(body.message) ?? stringOf(body.Message) ?? `The service answered with status ${status}.`, {
    status,
    errorCode: typeof body.errorCode === 'number' ? body.errorCode : 0,
    reason: stringOf(info?.reason),
    trackingId: stringOf(body.trackingId) ?? requestId ?? undefined,
  })
}

function parse(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
