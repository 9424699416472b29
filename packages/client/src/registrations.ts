import { ifMatch } from './enrollments.ts'
import type { CallOptions, Send } from './http.ts'
import type { Registration } from './models.ts'
import { Query, type QueryOptions } from './query.ts'

/** The operations of `client.registrations`: what became of devices that registered. */
export class RegistrationOperations {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /**
   * @throws {@link NotFoundError} when the device never registered, or its record was deleted.
   */
  async get(registrationId: string, options: CallOptions = {}): Promise<Registration> {
    return (await this.#send<Registration>({ method: 'GET', path: pathOf(registrationId), ...options })).body
  }

  /**
   * Deletes a record, by registration id or as it was read. The device has to register anew; its identity on the hub
   * stays.
   */
  async delete(
    registration: Registration | string,
    options: CallOptions & { readonly etag?: string } = {},
  ): Promise<void> {
    const { etag = typeof registration === 'string' ? undefined : registration.etag, ...rest } = options
    const id = typeof registration === 'string' ? registration : registration.registrationId
    await this.#send({ method: 'DELETE', path: pathOf(id), headers: ifMatch(etag), ...rest })
  }

  /**
   * The devices that came in by one enrollment group.
   *
   * ```ts
   * for await (const { registrationId, assignedHub } of client.registrations.query('plant-7')) {
   *   console.log(registrationId, assignedHub)
   * }
   * ```
   */
  query(enrollmentGroupId: string, options: QueryOptions = {}): Query<Registration> {
    return new Query<Registration>(this.#send, {
      path: `${pathOf(enrollmentGroupId)}/query`,
      from: 'deviceRegistrations',
      ...options,
    })
  }
}

const pathOf = (id: string) => `/registrations/${encodeURIComponent(id)}`
