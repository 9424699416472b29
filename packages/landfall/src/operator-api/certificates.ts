/** `/landfall/certificates`: CA certificates, the proof that somebody has their key, and whatever expires (contract/management 5). */
import type { FastifyInstance } from 'fastify'
import { forRequest } from '../access/visits.ts'
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import { describeCertificates } from '../enrollment/describe-certificates.ts'
import type { GroupKey } from '../ids.ts'
import { caNamed, makeCode, provePossession, removeCa, saveCa } from '../instance/certificates.ts'
import { expiringCertificates, lifeOf } from '../instance/expiring.ts'
import { readPosition, writePosition } from './expiry-position.ts'
import { type Force, force } from './flags.ts'
import type { OperatorParts } from './parts.ts'

interface Upload {
  readonly certificate: string
  readonly isVerified?: boolean
}
const upload = {
  type: 'object',
  properties: { certificate: { type: 'string' }, isVerified: { type: 'boolean' } },
  required: ['certificate'],
  additionalProperties: false,
}
interface Proof {
  readonly certificate: string
}
const proof = {
  type: 'object',
  properties: { certificate: { type: 'string' } },
  required: ['certificate'],
  additionalProperties: false,
}

interface Window {
  readonly days: number
  readonly limit: number
  readonly after?: string
}
/** 30 days are what most people need to renew a certificate by hand; a century ends all of them. */
const window = {
  type: 'object',
  properties: {
    days: { type: 'integer', minimum: 0, maximum: 36_500, default: 30 },
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 },
    after: { type: 'string', maxLength: 400 },
  },
}

interface Named {
  Params: { name: string }
  Headers: { 'if-match'?: string }
}

export function certificateRoutes(app: FastifyInstance, parts: OperatorParts): void {
  const { store, clock } = parts
  const shown = (ca: CaCertificate) => ({ ...rendered(ca), ...lifeOf(ca.certificate.info, clock.now()) })

  app.get('/certificates', async () => {
    const cas = await store.caCertificates()
    return await Promise.all(cas.map(async (ca) => ({ ...shown(ca), usedBy: await someUsers(ca, parts) })))
  })

  // it changes nothing: it only has a body
  app.post<{ Body: Proof }>(
    '/certificates/read',
    { schema: { body: proof }, config: { permission: 'ManagementRead' } },
    async ({ body }) => ({ certificates: describeCertificates(body.certificate, clock.now()), privateKey: false }),
  )

  app.get<{ Querystring: Window }>(
    '/certificates/expiring',
    { schema: { querystring: window } },
    async ({ query: { days, limit, after } }, reply) => {
      const { items, next } = await expiringCertificates({ days, limit, after: readPosition(after) }, parts)
      if (next) reply.header('x-landfall-next', writePosition(next))
      return items
    },
  )

  app.get<Named>('/certificates/:name', async (request) => {
    const ca = await caNamed(asked(request), parts)
    const enrollmentGroups = await store.groupsReferencing(ca.key)
    return { ...shown(ca), certificate: ca.certificate.der, enrollmentGroups, usedBy: enrollmentGroups }
  })

  app.put<Named & { Body: Upload }>('/certificates/:name', { schema: { body: upload } }, async (request) => {
    const { value, warnings } = await saveCa({ ...asked(request), ...request.body }, forRequest(request, parts))
    return { ...shown(value), warnings }
  })

  app.post<Named>('/certificates/:name/code', async (request) =>
    shown(await makeCode(asked(request), forRequest(request, parts))),
  )

  app.post<Named & { Body: Proof }>('/certificates/:name/verify', { schema: { body: proof } }, async (request) =>
    shown(await provePossession(asked(request), request.body.certificate, forRequest(request, parts))),
  )

  app.delete<Named & { Querystring: Force }>(
    '/certificates/:name',
    { schema: { querystring: force } },
    async (request, reply) => {
      await removeCa(asked(request), { force: request.query.force ?? false }, forRequest(request, parts))
      return reply.status(204).send()
    },
  )
}

/** Of those that name it; a list shows the first, the certificate itself all of them. */
const mostUsers = 100

async function someUsers({ key }: CaCertificate, { store }: OperatorParts): Promise<readonly GroupKey[]> {
  return (await store.groupsReferencing(key)).slice(0, mostUsers)
}

interface Asked {
  readonly params: Named['Params']
  readonly headers: Named['Headers']
}

const asked = ({ params, headers }: Asked) => ({ name: params.name, ifMatch: headers['if-match'] })

function rendered({ name, certificate, isVerified, verificationCode, createdAt, updatedAt, etag }: CaCertificate) {
  return {
    name,
    isVerified,
    ...(verificationCode && {
      verificationCode: verificationCode.code,
      verificationCodeExpiresUtc: new Date(verificationCode.expiresAt).toISOString(),
    }),
    info: certificate.info,
    createdDateTimeUtc: new Date(createdAt).toISOString(),
    lastUpdatedDateTimeUtc: new Date(updatedAt).toISOString(),
    etag,
  }
}
