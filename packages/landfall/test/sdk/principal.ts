/** Somebody who comes in by a secret, as `landfall token create` makes one, and the bearer token that it is good for. */
import type { World } from '../world.ts'

export interface Principal {
  readonly id: string
  readonly secret: string
  /** As the service hands it out for the secret. */
  readonly token: string
}

export async function makePrincipal(world: World, name: string, ...roles: readonly string[]): Promise<Principal> {
  const base = `https://${world.authority}`
  const made = await world.fetch(`${base}/landfall/tokens`, {
    method: 'POST',
    headers: { authorization: await world.token(), 'content-type': 'application/json' },
    body: JSON.stringify({ name, roles }),
  })
  const { id, secret } = (await answered(made)) as { id: string; secret: string }
  const granted = await world.fetch(`${base}/adfs/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }).toString(),
  })
  const { access_token: token } = (await answered(granted)) as { access_token: string }
  return { id, secret, token }
}

async function answered(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
  return JSON.parse(text)
}
