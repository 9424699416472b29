/** What our own bearer tokens are signed with: one key of the instance, made when the first token is asked for. */
import type { importJWK } from 'jose'
import { audited } from '../audit/audited.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import type { InstanceParts } from '../instance/parts.ts'
import type { Settings, SigningKey } from '../store/settings.ts'
import { jose } from './jose.ts'

export const algorithm = 'ES256'

type ImportedKey = Awaited<ReturnType<typeof importJWK>>

export async function signingKeyOf(parts: InstanceParts): Promise<SigningKey> {
  const [current] = (await readSettings(parts)).signingKeys ?? []
  if (current) return current
  const fresh = await makeSigningKey(parts)
  const store = audited(parts.store, { actor: { kind: 'service', name: 'landfall' }, at: parts.clock.now() })
  // of two that ask at the same moment both get the first one's
  const after = await changeSettings({ ...parts, store }, (settings) =>
    settings.signingKeys?.length ? settings : withSigningKey(settings, fresh),
  )
  return after.signingKeys?.[0] ?? fresh
}

/** Every token that was signed with another key ends. */
export const withSigningKey = (settings: Settings, key: SigningKey): Settings => ({ ...settings, signingKeys: [key] })

export async function makeSigningKey({ clock, random }: Pick<InstanceParts, 'clock' | 'random'>): Promise<SigningKey> {
  const { exportJWK, generateKeyPair } = jose()
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = (await exportJWK(privateKey)) as Readonly<Record<string, string>>
  return { kid: random.uuid(), jwk, createdAt: clock.now() }
}

export const privateKeyOf = ({ jwk }: SigningKey): Promise<ImportedKey> => jose().importJWK({ ...jwk }, algorithm)

/** By kid, which is never used twice; importing costs as much as checking a signature. */
const imported = new Map<string, Promise<ImportedKey>>()
const mostImported = 16

export function publicKeyOf({ kid, jwk }: SigningKey): Promise<ImportedKey> {
  const known = imported.get(kid)
  if (known) return known
  const { d: _, ...open } = jwk
  const key = jose().importJWK(open, algorithm)
  if (imported.size >= mostImported) imported.clear()
  imported.set(kid, key)
  return key
}
