/** Programs and persons that come in by a secret of their own, as steps from settings to settings. */
import { createHash } from 'node:crypto'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { sameBytes } from '../sas/key.ts'
import type { Principal, Role, Settings } from '../store/settings.ts'
import type { Instant, Random } from '../system.ts'

export interface PrincipalOrder {
  readonly name: string
  readonly roles: readonly Role[]
  readonly expiresAt?: Instant
}

const secretBytes = 32

/** They are part of the settings, which every request reads, of devices too: at 250 bytes each. */
const most = 100

/** The secret is shown once: only its hash is kept. It is random, so that a slow hash would add nothing. */
export function makePrincipal(
  { name, roles, expiresAt }: PrincipalOrder,
  { at, random }: { readonly at: Instant; readonly random: Random },
): { readonly principal: Principal; readonly secret: string } {
  if (!/^[A-Za-z0-9._@-]{1,64}$/.test(name))
    throw invalid(`"${printable(name)}" is no name of a token: use 1 to 64 letters, digits, "-", "_", "." or "@".`)
  if (roles.length === 0) throw invalid('A token without a role may do nothing. Give one.')
  const secret = Buffer.from(random.bytes(secretBytes)).toString('base64url')
  const secretSha256 = hashOf(secret).toString('base64')
  const id = random.uuid()
  const ends = expiresAt === undefined ? {} : { expiresAt }
  return { principal: { id, name, roles, secretSha256, createdAt: at, ...ends }, secret }
}

export function addPrincipal(settings: Settings, principal: Principal): Settings {
  const tokens = settings.tokens ?? []
  if (tokens.some(({ name }) => sameName(name, principal.name)))
    throw new ProvisioningError('name_taken', { message: `There is a token "${principal.name}" already.` })
  if (tokens.length >= most) throw invalid(`There are ${most} tokens already. Delete some.`)
  return { ...settings, tokens: [...tokens, principal] }
}

/** By its id, or by its name. */
export function principalNamed({ tokens = [] }: Settings, idOrName: string): Principal {
  const principal = tokens.find(({ id, name }) => id === idOrName || sameName(name, idOrName))
  if (!principal) throw new ProvisioningError('token_not_found', { name: printable(idOrName) })
  return principal
}

export function removePrincipal(settings: Settings, idOrName: string): Settings {
  const gone = principalNamed(settings, idOrName)
  return { ...settings, tokens: settings.tokens?.filter((one) => one !== gone) ?? [] }
}

/** As much work for an unknown id as for a wrong secret. */
export function principalBySecret({ tokens = [] }: Settings, id: string, secret: string): Principal {
  const principal = tokens.find((one) => one.id === id)
  const expected = Buffer.from(principal?.secretSha256 ?? nobody, 'base64')
  if (!sameBytes(hashOf(secret), expected) || !principal) throw new ProvisioningError('secret_wrong')
  return principal
}

const nobody = Buffer.alloc(32).toString('base64')
const hashOf = (secret: string) => createHash('sha256').update(secret).digest()
const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
const invalid = (message: string) => new ProvisioningError('invalid', { message })
