/**
 * A small typed client of the provisioning service API, for Landfall and for the cloud service alike. It has no
 * dependencies and needs only `fetch` and WebCrypto.
 *
 * @module landfall-client
 */
import { type ConnectionString, parseConnectionString } from './connection-string.ts'
import { EnrollmentOperations, enrollmentGroups, individualEnrollments } from './enrollments.ts'
import { type ClientOptions, makeTransport, type Reply, type Request, type Transport } from './http.ts'
import type { EnrollmentGroup, IndividualEnrollment } from './models.ts'
import { RegistrationOperations } from './registrations.ts'

/**
 * The service, as the bearer of a shared access policy sees it.
 *
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { attestation, ProvisioningServiceClient } from 'landfall-client'
 *
 * const client = ProvisioningServiceClient.fromConnectionString(process.env.IOT_PROVISIONING_SERVICE_CONNECTION_STRING ?? '')
 * await client.enrollmentGroups.createOrUpdate({
 *   enrollmentGroupId: 'plant-7',
 *   attestation: attestation.signingCertificate(readFileSync('plant-7.cert.pem', 'utf8')),
 * })
 * ```
 */
export class ProvisioningServiceClient {
  /** Host name, with a port where it is not 443. */
  readonly hostName: string
  /** Enrollments for one device each. */
  readonly individualEnrollments: EnrollmentOperations<IndividualEnrollment>
  /** Enrollments for many devices each. */
  readonly enrollmentGroups: EnrollmentOperations<EnrollmentGroup>
  /** Registration records. */
  readonly registrations: RegistrationOperations
  readonly #transport: Transport

  constructor(connection: ConnectionString, options: ClientOptions = {}) {
    this.hostName = connection.hostName
    this.#transport = makeTransport(connection, options)
    const { send } = this.#transport
    this.individualEnrollments = new EnrollmentOperations(send, individualEnrollments)
    this.enrollmentGroups = new EnrollmentOperations(send, enrollmentGroups)
    this.registrations = new RegistrationOperations(send)
  }

  /**
   * Nothing is sent yet.
   *
   * @throws {@link ConnectionStringError} that says what is missing or wrong.
   */
  static fromConnectionString(text: string, options: ClientOptions = {}): ProvisioningServiceClient {
    return new ProvisioningServiceClient(parseConnectionString(text), options)
  }

  /**
   * A call that this client has no name for, with its token, repeats and errors.
   *
   * ```ts
   * const { body } = await client.request<{ idScope: string }>({ method: 'GET', path: '/landfall/instance' })
   * ```
   */
  request<Body>(request: Request): Promise<Reply<Body>> {
    return this.#transport.send<Body>(request)
  }

  /**
   * The same for an answer that goes on, such as server-sent events: the caller reads its body, and ends it by the
   * request's signal.
   *
   * ```ts
   * const { body } = await client.open({ method: 'GET', path: '/landfall/events', signal })
   * ```
   */
  open(request: Request): Promise<Response> {
    return this.#transport.open(request)
  }
}

export { attestation } from './attestation.ts'
export {
  type ConnectionString,
  ConnectionStringError,
  formatConnectionString,
  parseConnectionString,
} from './connection-string.ts'
export { EnrollmentOperations } from './enrollments.ts'
export {
  BadRequestError,
  ConflictError,
  type ErrorDetails,
  NotFoundError,
  PreconditionFailedError,
  ProvisioningServiceError,
  ServiceFailureError,
  ServiceUnreachableError,
  ThrottledError,
  UnauthorizedError,
} from './errors.ts'
export { type CallOptions, type ClientOptions, defaultApiVersion, type Reply, type Request } from './http.ts'
export type * from './models.ts'
export { Query, type QueryOptions } from './query.ts'
export { RegistrationOperations } from './registrations.ts'
export { makeSasToken } from './sas.ts'
