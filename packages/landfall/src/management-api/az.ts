/**
 * What the Azure command line asks for before it has a token: where everything is, and a token for a secret
 * (contract/management 6.12). All of it is this service.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import type { ManagementParts } from './call.ts'
import { refusalFrom, tell } from './errors.ts'
import { baseOf, tenantId } from './names.ts'

export function azRoutes(parts: ManagementParts): FastifyPluginAsync {
  return async (app) => {
    app.get('/metadata/endpoints', async (request) => endpointsOf(baseOf(request, parts)))
    // the command line asks for the one, its library for the other
    for (const at of ['/adfs', '/adfs/adfs/v2.0'])
      app.get(`${at}/.well-known/openid-configuration`, async (request) => openIdOf(baseOf(request, parts)))
    await app.register(tokenRoute(parts))
  }
}

/** One object: a list of clouds makes `az cloud register` fail. */
function endpointsOf(base: string) {
  return {
    name: 'landfall',
    portal: `${base}/portal`,
    // the suffix makes it log in as to an AD FS, without asking the public cloud who that is
    authentication: {
      loginEndpoint: `${base}/adfs`,
      audiences: [base],
      tenant: tenantId,
      identityProvider: 'ADFS',
    },
    graph: base,
    graphAudience: base,
    // what older ones (azure-cli 2.63.0) call it, and register no cloud without
    graphEndpoint: base,
    media: '',
    batch: '',
    suffixes: {},
    resourceManager: base,
    vmImageAliasDoc: '',
    sqlManagement: '',
    microsoftGraphResourceId: base,
  }
}

const openIdOf = (base: string) => ({
  issuer: `${base}/adfs`,
  authorization_endpoint: `${base}/adfs/oauth2/authorize`,
  token_endpoint: `${base}/adfs/oauth2/token`,
  device_authorization_endpoint: `${base}/adfs/devicecode`,
  jwks_uri: `${base}/adfs/keys`,
})

function tokenRoute(parts: ManagementParts): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => body)
    app.setErrorHandler((error, request, reply) => refuseGrant(error, request, reply, parts))
    app.post('/adfs/oauth2/token', { bodyLimit: 64 * 1024 }, async (request, reply) => {
      const { clientId, secret } = readGrant(String(request.body ?? ''))
      const { accessToken, expiresInSeconds } = await parts.access.tokens.issueFor(clientId, secret)
      reply.header('cache-control', 'no-store')
      return {
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        ext_expires_in: expiresInSeconds,
        access_token: accessToken,
      }
    })
  }
}

/** RFC 6749 4.4.2; of what else is sent nothing is looked at. */
function readGrant(form: string) {
  const fields = new URLSearchParams(form)
  if (fields.get('grant_type') !== 'client_credentials')
    throw new ProvisioningError('invalid', {
      message: 'Only grant_type=client_credentials is served: log in with "az login --service-principal".',
    })
  return { clientId: fields.get('client_id') ?? '', secret: fields.get('client_secret') ?? '' }
}

/** RFC 6749 5.2 */
function refuseGrant(error: unknown, request: FastifyRequest, reply: FastifyReply, parts: ManagementParts) {
  const refusal = refusalFrom(error)
  const trackingId = tell(refusal, request, parts)
  const word = refusal.status >= 500 ? 'server_error' : refusal.status === 401 ? 'invalid_client' : 'invalid_request'
  return reply
    .status(refusal.status)
    .header('x-ms-request-id', trackingId)
    .send({ error: word, error_description: `${refusal.message} Tracking id: ${trackingId}` })
}
