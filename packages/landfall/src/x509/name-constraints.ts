/** RFC 5280 4.2.1.10: which names a CA permits below it. */
import type { Certificate } from './certificate.ts'
import type { GeneralName } from './extensions.ts'
import type { Name } from './names.ts'

/** What all comparisons of one search may come to; the number is Go's maxConstraintComparisons. */
export class Comparisons {
  #left = 250_000

  /** False once the budget is used up. */
  take(count: number): boolean {
    this.#left -= count
    return this.#left >= 0
  }
}

/** The first name of `certificate` that `ca` does not permit, in words. */
export function forbiddenName(ca: Certificate, certificate: Certificate, comparisons: Comparisons): string | undefined {
  const constraints = ca.extensions.nameConstraints
  if (!constraints) return
  const names = namesOf(certificate)
  const all = constraints.permitted.length + constraints.excluded.length
  if (!comparisons.take(names.length * all)) return `${names.length} names, more than can be compared`
  const forbidden = names.find(
    (name) =>
      constraints.excluded.some((base) => sameForm(base, name) && within(name, base, 'excluded')) ||
      !isPermitted(name, constraints.permitted),
  )
  return forbidden && textOfGeneralName(forbidden)
}

function isPermitted(name: GeneralName, permitted: readonly GeneralName[]): boolean {
  const bases = permitted.filter((base) => sameForm(base, name))
  return bases.length === 0 || bases.some((base) => within(name, base, 'permitted'))
}

const sameForm = (a: GeneralName, b: GeneralName): boolean =>
  a.form === b.form && (a.form !== 'other' || b.form !== 'other' || a.tag === b.tag)

/** Subject, alternative names, and the e-mail addresses in a subject without alternative ones. */
function namesOf({ subject, extensions }: Certificate): readonly GeneralName[] {
  const alternatives = extensions.subjectAltNames ?? []
  const mail = alternatives.some(({ form }) => form === 'rfc822') ? [] : mailOf(subject)
  return [...(subject.empty ? [] : [{ form: 'directory', name: subject } as const]), ...mail, ...alternatives]
}

function mailOf(subject: Name): readonly GeneralName[] {
  const mail = subject.rdns.flat().filter(({ oid, text }) => oid === '1.2.840.113549.1.9.1' && text !== undefined)
  return mail.map(({ text = '' }) => ({ form: 'rfc822', text }))
}

/** What cannot be compared, for its form or because it is broken, is within every exclusion and no permission: what is not understood is refused. */
function within(name: GeneralName, base: GeneralName, list: 'permitted' | 'excluded'): boolean {
  if (name.form === 'directory' && base.form === 'directory') return beginsWith(name.name, base.name)
  if (name.form === 'ip' && base.form === 'ip') return addressWithin(name.bytes, base.bytes)
  return textWithin(name, base, list) ?? list === 'excluded'
}

/** Undefined, as from all that follows, where either of the two is broken. */
function textWithin(name: GeneralName, base: GeneralName, list: 'permitted' | 'excluded'): boolean | undefined {
  if (name.form === 'dns' && base.form === 'dns') return dnsWithin(name.text, base.text, list)
  if (name.form === 'rfc822' && base.form === 'rfc822') return mailWithin(name.text, base.text)
  if (name.form === 'uri' && base.form === 'uri') return hostWithin(hostOf(name.text), base.text)
}

function beginsWith(name: Name, base: Name): boolean {
  return base.normalised.every((part, index) => part === name.normalised[index])
}

const hostName = /^(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/

/** As it is compared: letter case and a final dot say nothing. */
const hostNameOf = (text: string): string | undefined =>
  hostName.test(text) ? text.toLowerCase().replace(/\.$/, '') : undefined

// any number of labels may stand before the base
function dnsWithin(name: string, base: string, list: 'permitted' | 'excluded'): boolean | undefined {
  const wild = name.startsWith('*.')
  // RFC 5280 knows no leading dot here; who excludes with one means the names below, as OpenSSL and Go have it
  const below = base.startsWith('.')
  const own = hostNameOf(wild ? name.slice(2) : name)
  const root = base === '' ? '' : hostNameOf(below ? base.slice(1) : base)
  if (own === undefined || root === undefined || (below && list === 'permitted')) return
  if (root === '' || own.endsWith(`.${root}`)) return true
  if (own === root) return wild || !below
  // *.example.com stands for foo.example.com too, so what excludes that excludes the wildcard
  return list === 'excluded' && wild && root.slice(root.indexOf('.') + 1) === own
}

const mailAddress = /^([^@\s]+)@([^@\s]+)$/

function mailWithin(address: string, base: string): boolean | undefined {
  const [, local, host] = mailAddress.exec(address) ?? []
  if (!base.includes('@')) return hostWithin(host, base)
  const [, baseLocal, baseHost = '.'] = mailAddress.exec(base) ?? []
  const same = baseHost.startsWith('.') ? undefined : hostWithin(host, baseHost)
  return same && local === baseLocal
}

// ".example.com": every host below; "example.com": that host
function hostWithin(host: string | undefined, base: string): boolean | undefined {
  const below = base.startsWith('.')
  const [own, root] = [hostNameOf(host ?? ''), hostNameOf(below ? base.slice(1) : base)]
  if (own === undefined || root === undefined) return
  return below ? own.endsWith(`.${root}`) : own === root
}

/** Undefined where a URI names no host by name; a constraint then refuses it. */
function hostOf(uri: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\\s]*)(?:[/?#]|$)/i.exec(uri)?.[1]
  const host = authority?.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  return host === undefined || /^[\d.]+$/.test(host) ? undefined : host
}

/** `range`: as many octets of address, then of mask. */
function addressWithin(address: Uint8Array, range: Uint8Array): boolean {
  const half = range.length / 2
  if (address.length !== half) return false
  return address.every((octet, i) => ((octet ^ (range[i] ?? 0)) & (range[half + i] ?? 0)) === 0)
}

export function textOfGeneralName(name: GeneralName): string {
  if (name.form === 'directory') return name.name.text
  if (name.form === 'ip') return textOfAddress(name.bytes)
  return name.form === 'other' ? 'a name of another form' : name.text
}

function textOfAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return [...bytes].join('.')
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/.{4}(?!$)/g, '$&:')
}
