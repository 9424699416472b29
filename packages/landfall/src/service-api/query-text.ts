/**
 * The text of a query. The cloud ignores it and lists everything (contract/service-api 8.3); here simple conditions
 * work: `SELECT * FROM enrollments WHERE registrationId LIKE 'press-%' AND provisioningStatus = 'enabled'`.
 *
 *   or      = and { OR and }
 *   and     = single { AND single }
 *   single  = "(" or ")" | field "=" text | field LIKE text
 */
import type { Condition, ConditionField } from '../store/store.ts'
import type { ItemType } from './paging.ts'

export interface Query {
  readonly where?: Condition
  /** There is a condition, but not one that is understood; everything is listed. */
  readonly notUnderstood?: true
}

/** Longer than any condition a person writes. */
const longestText = 8192

export function readQueryText(text: string, list: ItemType): Query {
  const start = /\bwhere\b/i.exec(text)
  if (!start) return {}
  const tokens = text.length > longestText ? undefined : tokensOf(text.slice(start.index + start[0].length))
  const where = tokens && new Parser(tokens, fields[list]).condition()
  return where ? { where } : { notUnderstood: true }
}

const enrollmentFields = {
  provisioningstatus: 'status',
  status: 'status',
  'attestation.type': 'attestationType',
  attestationtype: 'attestationType',
  iothubs: 'hub',
  iothubhostname: 'hub',
  hub: 'hub',
  id: 'id',
} as const satisfies Record<string, ConditionField>

/** By lower-cased name. A device id of an enrollment is not among them: no index knows it. */
const fields: Readonly<Record<ItemType, Readonly<Record<string, ConditionField>>>> = {
  Enrollment: { ...enrollmentFields, registrationid: 'id' },
  EnrollmentGroup: { ...enrollmentFields, enrollmentgroupid: 'id' },
  DeviceRegistration: {
    registrationid: 'id',
    id: 'id',
    status: 'status',
    attestationtype: 'attestationType',
    'attestation.type': 'attestationType',
    assignedhub: 'hub',
    hub: 'hub',
  },
}

type Token = { readonly word: string } | { readonly text: string }

function tokensOf(text: string): readonly Token[] | undefined {
  const pattern = /\s*(?:'((?:[^']|'')*)'|"([^"]*)"|([A-Za-z_][\w.]*)|(=|\(|\)))/y
  const tokens: Token[] = []
  const end = text.replace(/[\s;]+$/, '').length
  while (pattern.lastIndex < end) {
    const match = pattern.exec(text)
    if (!match) return
    const [, single, double, word, sign] = match
    const quoted = single?.replaceAll("''", "'") ?? double
    tokens.push(quoted === undefined ? { word: (word ?? sign ?? '').toLowerCase() } : { text: quoted })
  }
  return tokens
}

/** Parentheses in parentheses: more is no query but an attack on the stack. */
const deepest = 32

class Parser {
  readonly #tokens: readonly Token[]
  readonly #fields: Readonly<Record<string, ConditionField>>
  #next = 0

  constructor(tokens: readonly Token[], known: Readonly<Record<string, ConditionField>>) {
    this.#tokens = tokens
    this.#fields = known
  }

  /** Undefined: not understood, to the last token. */
  condition(): Condition | undefined {
    const found = this.#or(0)
    return this.#next === this.#tokens.length ? found : undefined
  }

  #or(depth: number): Condition | undefined {
    const and = () =>
      this.#list(
        'and',
        () => this.#single(depth),
        (parts) => ({ and: parts }),
      )
    return this.#list('or', and, (parts) => ({ or: parts }))
  }

  #list(
    word: string,
    part: () => Condition | undefined,
    join: (parts: readonly Condition[]) => Condition,
  ): Condition | undefined {
    const parts: Condition[] = []
    do {
      const found = part()
      if (!found) return
      parts.push(found)
    } while (this.#take(word))
    return parts.length === 1 ? parts[0] : join(parts)
  }

  #single(depth: number): Condition | undefined {
    if (this.#take('(')) {
      const inner = depth < deepest ? this.#or(depth + 1) : undefined
      return this.#take(')') ? inner : undefined
    }
    const name = this.#word() ?? ''
    const field = Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
    const operator = this.#word()
    const text = this.#text()
    if (field === undefined || text === undefined) return
    if (operator === '=') return { field, equals: text }
    return operator === 'like' ? like(field, text) : undefined
  }

  #take(word: string): boolean {
    const token = this.#tokens[this.#next]
    const fits = token !== undefined && 'word' in token && token.word === word
    if (fits) this.#next += 1
    return fits
  }

  #word(): string | undefined {
    const token = this.#tokens[this.#next]
    if (token === undefined || !('word' in token)) return
    this.#next += 1
    return token.word
  }

  #text(): string | undefined {
    const token = this.#tokens[this.#next]
    if (token === undefined || !('text' in token)) return
    this.#next += 1
    return token.text
  }
}

/** A prefix: one `%`, at the end. `_` stands for itself, as it is common in ids. */
function like(field: ConditionField, pattern: string): Condition | undefined {
  const wildcard = pattern.indexOf('%')
  if (wildcard < 0) return { field, equals: pattern }
  return wildcard === pattern.length - 1 ? { field, startsWith: pattern.slice(0, -1) } : undefined
}
