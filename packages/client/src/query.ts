import type { CallOptions, Send } from './http.ts'

/** Which items to list, and how many to fetch at once. */
export interface QueryOptions extends CallOptions {
  /**
   * A condition, for instance `provisioningStatus = 'disabled'`. The cloud service ignores it and gives everything;
   * Landfall obeys it: equality and `LIKE 'prefix%'` on ids, status, attestation type and hub, with AND and OR.
   */
  readonly where?: string
  /** Items in one answer of the service. */
  readonly pageSize?: number
}

/**
 * A list that is fetched as it is read.
 *
 * ```ts
 * for await (const group of client.enrollmentGroups.query()) console.log(group.enrollmentGroupId)
 * for await (const page of client.enrollmentGroups.query({ pageSize: 100 }).pages()) console.log(page.length)
 * ```
 */
export class Query<Item> implements AsyncIterable<Item> {
  readonly #send: Send
  readonly #path: string
  readonly #from: string
  readonly #options: QueryOptions

  constructor(send: Send, { path, from, ...options }: QueryOptions & { path: string; from: string }) {
    this.#send = send
    this.#path = path
    this.#from = from
    this.#options = options
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for await (const page of this.pages()) yield* page
  }

  /** The pages as the service gives them. An empty list has none. */
  async *pages(): AsyncGenerator<readonly Item[], void> {
    let continuation: string | undefined
    do {
      const { body, headers } = await this.#send<readonly Item[]>({
        method: 'POST',
        path: this.#path,
        reads: true,
        body: { query: this.#text() },
        headers: this.#headers(continuation),
        signal: this.#options.signal,
      })
      if (body.length > 0) yield body
      // an empty text ends the list too: some services send one on the last page
      continuation = headers.get('x-ms-continuation') || undefined
    } while (continuation !== undefined)
  }

  /** The whole list. */
  async toArray(): Promise<Item[]> {
    const items: Item[] = []
    for await (const page of this.pages()) items.push(...page)
    return items
  }

  #text(): string {
    const all = `SELECT * FROM ${this.#from}`
    return this.#options.where === undefined ? all : `${all} WHERE ${this.#options.where}`
  }

  #headers(continuation: string | undefined): Record<string, string> {
    const { pageSize } = this.#options
    return {
      ...(pageSize === undefined ? {} : { 'x-ms-max-item-count': String(pageSize) }),
      ...(continuation === undefined ? {} : { 'x-ms-continuation': continuation }),
    }
  }
}
