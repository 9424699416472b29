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
      constraints.excluded.some((base) => base.form === name.form && within(name, base, 'excluded')) ||
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

const dnsName = /^(?:\*\.)?(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/
const mailAddress = /^[^@\s]+@[^@\s]+$/

/** What cannot be compared, for its form or because it is broken, is within every exclusion and no permission: what is not understood is refused. */
function within(name: GeneralName, base: GeneralName, list: 'permitted' | 'excluded'): boolean {
  if (name.form === 'directory' && base.form === 'directory') return beginsWith(name.name, base.name)
  if (name.form === 'dns' && base.form === 'dns') {
    return dnsName.test(name.text) ? dnsWithin(name.text, base.text, list) : list === 'excluded'
  }
  if (name.form === 'rfc822' && base.form === 'rfc822') {
    return mailAddress.test(name.text) ? mailWithin(name.text, base.text) : list === 'excluded'
  }
  if (name.form === 'ip' && base.form === 'ip') return addressWithin(name.bytes, base.bytes)
  if (name.form === 'uri' && base.form === 'uri') {
    const host = hostOf(name.text)
    return host === undefined ? list === 'excluded' : hostWithin(host, base.text)
  }
  return list === 'excluded' && sameForm(name, base)
}

function beginsWith(name: Name, base: Name): boolean {
  return base.normalised.every((part, index) => part === name.normalised[index])
}

// any number of labels may stand before the base
function dnsWithin(name: string, base: string, list: 'permitted' | 'excluded'): boolean {
  const [own, root] = [name.toLowerCase().replace(/\.$/, ''), base.toLowerCase()]
  if (root === '' || own === root || own.endsWith(`.${root}`)) return true
  // *.example.com stands for foo.example.com too, so what excludes that excludes the wildcard
  return list === 'excluded' && own.startsWith('*.') && root.slice(root.indexOf('.')) === own.slice(1)
}

function mailWithin(address: string, base: string): boolean {
  const at = address.lastIndexOf('@')
  const [local, host] = [address.slice(0, at), address.slice(at + 1).toLowerCase()]
  const baseAt = base.lastIndexOf('@')
  if (baseAt < 0) return hostWithin(host, base)
  return local === base.slice(0, baseAt) && host === base.slice(baseAt + 1).toLowerCase()
}

// ".example.com": every host below; "example.com": that host
function hostWithin(host: string, base: string): boolean {
  const root = base.toLowerCase()
  return root.startsWith('.') ? host.endsWith(root) : host === root
}

/** Undefined where a URI names no host by name; a constraint then refuses it. */
function hostOf(uri: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1]
  const host = authority
    ?.slice(authority.lastIndexOf('@') + 1)
    .replace(/:\d*$/, '')
    .toLowerCase()
  return host === undefined || host === '' || /^\[|^[\d.]+$/.test(host) ? undefined : host
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
