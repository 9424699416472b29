import type { CallOptions, Send } from './http.ts'
import type {
  Attestation,
  BulkError,
  BulkMode,
  BulkResult,
  Enrollment,
  EnrollmentGroup,
  IndividualEnrollment,
} from './models.ts'
import { Query, type QueryOptions } from './query.ts'

/** The service takes this many items in one request. */
const bulkMost = 10

/** How one kind of enrollment is spelled on the wire. */
interface Kind<Item> {
  readonly resource: 'enrollments' | 'enrollmentGroups'
  readonly idOf: (item: Item) => string
}

export const individualEnrollments: Kind<IndividualEnrollment> = {
  resource: 'enrollments',
  idOf: (item) => item.registrationId,
}

export const enrollmentGroups: Kind<EnrollmentGroup> = {
  resource: 'enrollmentGroups',
  idOf: (item) => item.enrollmentGroupId,
}

/** The operations of `client.enrollmentGroups` and `client.individualEnrollments`; both kinds have the same. */
export class EnrollmentOperations<Item extends Enrollment> {
  readonly #send: Send
  readonly #kind: Kind<Item>

  constructor(send: Send, kind: Kind<Item>) {
    this.#send = send
    this.#kind = kind
  }

  /**
   * Creates an enrollment, or replaces the version that was read: an item with an etag is sent with `If-Match`.
   *
   * ```ts
   * const group = await client.enrollmentGroups.get('plant-7')
   * await client.enrollmentGroups.createOrUpdate({ ...group, provisioningStatus: 'disabled' })
   * ```
   *
   * @returns what is stored now, symmetric keys included.
   * @throws {@link ConflictError} when it exists and the item has no etag; {@link PreconditionFailedError} when it was
   * changed since it was read.
   */
  async createOrUpdate(item: Item, options: CallOptions = {}): Promise<Item> {
    const reply = await this.#send<Item>({
      method: 'PUT',
      path: this.#path(this.#kind.idOf(item)),
      body: item,
      headers: ifMatch(item.etag),
      ...options,
    })
    return reply.body
  }

  /**
   * @throws {@link NotFoundError}
   */
  async get(id: string, options: CallOptions = {}): Promise<Item> {
    return (await this.#send<Item>({ method: 'GET', path: this.#path(id), ...options })).body
  }

  /**
   * Deletes by id, whatever its version; or an object that was read, if nobody changed it since.
   *
   * ```ts
   * await client.enrollmentGroups.delete('plant-7')
   * ```
   */
  async delete(item: Item | string, options: CallOptions & { readonly etag?: string } = {}): Promise<void> {
    const { etag = typeof item === 'string' ? undefined : item.etag, ...rest } = options
    const id = typeof item === 'string' ? item : this.#kind.idOf(item)
    await this.#send({ method: 'DELETE', path: this.#path(id), headers: ifMatch(etag), ...rest })
  }

  /**
   * Lists them, by id.
   *
   * ```ts
   * for await (const group of client.enrollmentGroups.query({ where: "provisioningStatus = 'disabled'" })) {
   *   console.log(group.enrollmentGroupId)
   * }
   * ```
   */
  query(options: QueryOptions = {}): Query<Item> {
    const { resource } = this.#kind
    return new Query<Item>(this.#send, { path: `/${resource}/query`, from: resource, ...options })
  }

  /** All of its attestation, symmetric keys included, which `get` does not show. */
  async attestationMechanism(id: string, options: CallOptions = {}): Promise<Attestation> {
    const path = `${this.#path(id)}/attestationmechanism`
    return (await this.#send<Attestation>({ method: 'POST', path, reads: true, ...options })).body
  }

  /**
   * Creates, updates or deletes many, ten in one request. Each item stands alone: the errors say which were refused.
   *
   * ```ts
   * const { isSuccessful, errors } = await client.individualEnrollments.bulk('create', enrollments)
   * for (const { registrationId, errorStatus } of errors) console.error(registrationId, errorStatus)
   * ```
   */
  async bulk(mode: BulkMode, items: readonly Item[], options: CallOptions = {}): Promise<BulkResult> {
    const { resource } = this.#kind
    const errors: BulkError[] = []
    for (let first = 0; first < items.length; first += bulkMost) {
      const body = { mode, [resource]: items.slice(first, first + bulkMost) }
      const reply = await this.#send<BulkResult>({ method: 'POST', path: `/${resource}`, body, ...options })
      errors.push(...(reply.body.errors ?? []))
    }
    return { isSuccessful: errors.length === 0, errors }
  }

  #path(id: string): string {
    return `/${this.#kind.resource}/${encodeURIComponent(id)}`
  }
}

export const ifMatch = (etag: string | undefined): Record<string, string> =>
  etag === undefined ? {} : { 'if-match': etag }
