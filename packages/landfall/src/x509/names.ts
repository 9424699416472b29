/**
 * Distinguished names: how they are compared (RFC 5280 7.1), what they are called in sentences and answers (.NET style,
 * contract/service-api 7.7), and the common name that names a device (contract/semantics 4.13).
 */
import { hash } from 'node:crypto'
import { DerReader, MalformedCertificate, tags } from './der.ts'

export interface Attribute {
  readonly oid: string
  readonly tag: number
  /** Undefined where the value is no text. */
  readonly text: string | undefined
  readonly bytes: Uint8Array
}

/** Attributes of one relative distinguished name; nearly always one. */
export type Rdn = readonly Attribute[]

export interface Name {
  readonly der: Uint8Array
  /**
   * Lower-case hex SHA-256 over the *normalised* name: letter case, runs of spaces, the kind of string and the order
   * inside a multi-valued part do not count. So two names have one hash exactly when RFC 5280 7.1 calls them equal, and
   * the store can look issuers up by it.
   */
  readonly hash: string
  /** `CN=pump-12, O=Plant 7`: most specific first. */
  readonly text: string
  /** The last, most specific common name. */
  readonly commonName: string | undefined
  /** The parts, as they are compared: two are one exactly when these texts are. */
  readonly normalised: readonly string[]
  /** Most general first, as encoded. */
  readonly rdns: readonly Rdn[]
  readonly empty: boolean
}

/** X.520 ub-common-name. */
export const longestCommonName = 64

/** More parts than any real name has; a name of a million would be work for nothing. */
const mostAttributes = 100

export function readName(reader: DerReader, what: string): Name {
  return new ParsedName(reader.whole(tags.sequence, what), what)
}

class ParsedName implements Name {
  readonly der: Uint8Array
  readonly rdns: readonly Rdn[]
  #normalised: readonly string[] | undefined
  #hash: string | undefined
  #text: string | undefined

  constructor(der: Uint8Array, what: string) {
    this.der = der
    this.rdns = readRdns(der, what)
  }

  get empty(): boolean {
    return this.rdns.length === 0
  }

  // as JSON, because any character may stand in a value, whatever would be put between two of them
  get normalised(): readonly string[] {
    this.#normalised ??= this.rdns.map((rdn) => JSON.stringify(rdn.map(normalisedAttribute).sort()))
    return this.#normalised
  }

  get hash(): string {
    this.#hash ??= hash('sha256', `[${this.normalised.join(',')}]`, 'hex')
    return this.#hash
  }

  get text(): string {
    this.#text ??= this.rdns.toReversed().map(textOfRdn).join(', ')
    return this.#text
  }

  get commonName(): string | undefined {
    return this.rdns.flat().findLast((attribute) => attribute.oid === '2.5.4.3')?.text
  }
}

function readRdns(der: Uint8Array, what: string): readonly Rdn[] {
  const sequence = new DerReader(der).next()
  const rdns: Rdn[] = []
  let left = mostAttributes
  while (sequence.more) {
    const set = sequence.enter(tags.set, `a part of ${what}`)
    const rdn: Attribute[] = []
    do {
      if (left-- === 0) throw new MalformedCertificate(`${what} has more than ${mostAttributes} parts`)
      rdn.push(readAttribute(set, what))
    } while (set.more)
    rdns.push(rdn)
  }
  return rdns
}

function readAttribute(set: DerReader, what: string): Attribute {
  const pair = set.enter(tags.sequence, `a part of ${what}`)
  const oid = pair.oid(`the type of a part of ${what}`)
  if (!pair.more) throw new MalformedCertificate(`a part of ${what} has no value`)
  const tag = pair.tag
  const bytes = pair.next().rest()
  pair.finish(`a part of ${what}`)
  return { oid, tag, bytes, text: readText(tag, bytes, what) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readText(tag: number, bytes: Uint8Array, what: string): string | undefined {
  switch (tag) {
    case tags.utf8String:
      try {
        return utf8.decode(bytes)
      } catch {
        throw new MalformedCertificate(`a part of ${what} is not UTF-8`)
      }
    case tags.printableString:
    case tags.ia5String:
    case tags.numericString:
    case tags.visibleString:
    case tags.teletexString: // T.61 in theory, Latin-1 in every certificate that uses it
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    case tags.bmpString:
      return readUnits(bytes, 2, what)
    case tags.universalString:
      return readUnits(bytes, 4, what)
  }
}

function readUnits(bytes: Uint8Array, size: 2 | 4, what: string): string {
  if (bytes.length % size !== 0) throw new MalformedCertificate(`a part of ${what} has half a character`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let text = ''
  for (let at = 0; at < bytes.length; at += size) {
    const point = size === 2 ? view.getUint16(at) : view.getUint32(at)
    if (point > 0x10ffff) throw new MalformedCertificate(`a part of ${what} has a character that does not exist`)
    text += size === 2 ? String.fromCharCode(point) : String.fromCodePoint(point)
  }
  return text
}

/** As far as RFC 5280 7.1 asks of RFC 4518: compatibility form, no letter case, no outer and no doubled spaces. */
const foldText = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()

function normalisedAttribute({ oid, tag, text, bytes }: Attribute): string {
  if (text !== undefined) return `${oid}=${foldText(text)}`
  return `${oid}#${tag}:${Buffer.from(bytes).toString('hex')}`
}

export function sameName(a: Name, b: Name): boolean {
  return Buffer.compare(a.der, b.der) === 0 || a.hash === b.hash
}

// the names .NET gives to attribute types; all others are written OID.1.2.3=…
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'S',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'T',
  '2.5.4.42': 'G',
  '2.5.4.43': 'I',
  '2.5.4.46': 'dnQualifier',
  '1.2.840.113549.1.9.1': 'E',
  '0.9.2342.19200300.100.1.25': 'DC',
}

const textOfRdn = (rdn: Rdn): string => rdn.map(textOfAttribute).join(' + ')

function textOfAttribute({ oid, text, bytes }: Attribute): string {
  const value = text ?? `#${Buffer.from(bytes).toString('hex').toUpperCase()}`
  return `${shortNames[oid] ?? `OID.${oid}`}=${quoted(value)}`
}

// X500DistinguishedName: quotes around what would be read as syntax, inner quotes doubled
const quoted = (value: string): string =>
  value === '' || /^\s|\s$|[,+"=<>#;\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
