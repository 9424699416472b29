/** An OpenID Connect issuer beside the service: npm's oidc-provider on a loopback port, which gives JWTs to one client. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import Provider from 'oidc-provider'

export interface OidcIssuer extends AsyncDisposable {
  readonly url: string
  /** How often its keys were asked for. */
  readonly asked: () => number
  /** By the client's own credentials, for a resource, as any program would. */
  token(resource?: string): Promise<string>
  /** Signed with its key, whatever is in it. */
  sign(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>
  publicJwk(): Promise<object>
  /** From now on with another key. */
  rotate(kid: string): Promise<void>
  /** Answers nothing but 503. */
  fail(): void
}

export const audience = 'urn:example:landfall'

export async function startIssuer({ roles = ['dps-readers'] as readonly string[] } = {}): Promise<OidcIssuer> {
  let asked = 0
  let listener: RequestListener
  const server = createServer((request, response) => {
    if (request.url === '/jwks') asked += 1
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  let key: Awaited<ReturnType<typeof makeKey>>
  const rotate = async (kid: string) => {
    key = await makeKey(kid)
    listener = new Provider(url, configurationOf(key.jwk, roles)).callback()
  }
  await rotate('one')
  return {
    url,
    asked: () => asked,
    async token(resource = audience) {
      const answer = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('ci:secret')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
      })
      return ((await answer.json()) as { access_token: string }).access_token
    },
    sign: (claims, header = {}) =>
      new SignJWT({ iss: url, aud: audience, sub: 'ci', roles: [...roles], ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid, ...header })
        .sign(key.privateKey),
    publicJwk: () => exportJWK(key.publicKey),
    rotate,
    fail() {
      listener = (_request, response) => void response.writeHead(503).end()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { privateKey, publicKey, jwk: { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' } }
}

const configurationOf = (jwk: object, roles: readonly string[]) => ({
  jwks: { keys: [jwk] },
  clients: [
    {
      client_id: 'ci',
      client_secret: 'secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  ttl: { ClientCredentials: 600 },
  extraTokenClaims: () => ({ roles }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'all', accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
    },
  },
})
