/** `/landfall/certificates`: CA certificates and the proof that somebody has their key (contract/management 5). */
import type { FastifyInstance } from 'fastify'
import { forRequest } from '../access/visits.ts'
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import { caNamed, makeCode, provePossession, removeCa, saveCa } from '../instance/certificates.ts'
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

interface Named {
  Params: { name: string }
  Headers: { 'if-match'?: string }
}

export function certificateRoutes(app: FastifyInstance, parts: OperatorParts): void {
  const { store } = parts

  app.get('/certificates', async () => (await store.caCertificates()).map(rendered))

  app.get<Named>('/certificates/:name', async (request) => {
    const ca = await caNamed(asked(request), parts)
    return { ...rendered(ca), certificate: ca.certificate.der, enrollmentGroups: await store.groupsReferencing(ca.key) }
  })

  app.put<Named & { Body: Upload }>('/certificates/:name', { schema: { body: upload } }, async (request) => {
    const { value, warnings } = await saveCa({ ...asked(request), ...request.body }, forRequest(request, parts))
    return { ...rendered(value), warnings }
  })

  app.post<Named>('/certificates/:name/code', async (request) =>
    rendered(await makeCode(asked(request), forRequest(request, parts))),
  )

  app.post<Named & { Body: Proof }>('/certificates/:name/verify', { schema: { body: proof } }, async (request) =>
    rendered(await provePossession(asked(request), request.body.certificate, forRequest(request, parts))),
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
