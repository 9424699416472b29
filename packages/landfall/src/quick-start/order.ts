/** What is asked of a quick start, and under which names it makes its things. */
import { ProvisioningError } from '../fault.ts'
import { type CaName, caKeyOf, type GroupId, groupKeyOf, parseCaName, parseGroupId, printable } from '../ids.ts'
import type { Store } from '../store/store.ts'
import type { Random } from '../system.ts'
import type { KeyPairKind } from '../x509/issue.ts'

/** One name for all: of the group, of the CA certificate, and what the registration ids begin with. */
export type QuickStartName = CaName & GroupId

export interface QuickStartOrder {
  readonly name: QuickStartName
  readonly devices: number
  readonly keyType: KeyPairKind
}

/** A common name has 64 characters (X.520, ub-common-name), and more than the name stands in it. */
const mostLetters = 32

export function parseName(text: string): QuickStartName {
  parseGroupId(text)
  const name = parseCaName(text)
  if (name.length > mostLetters)
    throw new ProvisioningError('invalid', {
      message: `The name "${printable(name)}" is longer than the ${mostLetters} characters that leave room for more in a certificate.`,
    })
  return name as QuickStartName
}

export const makeName = (random: Random): QuickStartName =>
  parseName(`quick-start-${Buffer.from(random.bytes(2)).toString('hex')}`)

/** Nothing that stands is ever taken over. */
export async function requireFree(name: QuickStartName, store: Pick<Store, 'group' | 'caCertificate'>): Promise<void> {
  const [group, ca] = await Promise.all([store.group(groupKeyOf(name)), store.caCertificate(caKeyOf(name))])
  if (group) throw taken(`an enrollment group "${name}"`)
  if (ca) throw taken(`a CA certificate "${name}"`)
}

const taken = (what: string) =>
  new ProvisioningError('name_taken', { message: `There is ${what} already. Give another name.` })

export const registrationIdOf = (name: QuickStartName, number: number): string =>
  `${name}-${String(number).padStart(2, '0')}`
