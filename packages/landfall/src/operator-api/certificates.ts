/** `/landfall/certificates`: CA certificates and the proof that somebody has their key (contract/management 5). */
import type { FastifyInstance } from 'fastify'
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import { newVerificationCode, uploadCa, verifyPossession } from '../enrollment/proof-of-possession.ts'
import { ProvisioningError } from '../fault.ts'
import { caKeyOf, etagMatches, parseCaName, printable } from '../ids.ts'
import type { Expect } from '../store/store.ts'
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
  const { store, random, clock } = parts
  const moment = () => ({ at: clock.now(), random })

  app.get('/certificates', async () => (await store.caCertificates()).map(rendered))

  app.get<Named>('/certificates/:name', async ({ params }) => {
    const ca = await find(parts, params.name)
    return { ...rendered(ca), certificate: ca.certificate.der, enrollmentGroups: await store.groupsReferencing(ca.key) }
  })

  app.put<Named & { Body: Upload }>(
    '/certificates/:name',
    { schema: { body: upload } },
    async ({ params: { name }, headers, body }) => {
      const previous = await store.caCertificate(caKeyOf(parseCaName(name)))
      const expect = expectation(previous, headers['if-match'])
      const { value, warnings } = uploadCa({ name, ...body }, previous, moment())
      await store.commit([{ put: 'caCertificate', value, expect }])
      return { ...rendered(value), warnings }
    },
  )

  app.post<Named>('/certificates/:name/code', async ({ params, headers }) => {
    const ca = await find(parts, params.name, headers['if-match'])
    const value = newVerificationCode(ca, moment())
    await store.commit([{ put: 'caCertificate', value, expect: { etag: ca.etag } }])
    return rendered(value)
  })

  app.post<Named & { Body: Proof }>(
    '/certificates/:name/verify',
    { schema: { body: proof } },
    async ({ params, headers, body }) => {
      const ca = await find(parts, params.name, headers['if-match'])
      const value = verifyPossession(ca, body.certificate, moment())
      await store.commit([{ put: 'caCertificate', value, expect: { etag: ca.etag } }])
      return rendered(value)
    },
  )

  app.delete<Named & { Querystring: Force }>(
    '/certificates/:name',
    { schema: { querystring: force } },
    async ({ params, headers, query }, reply) => {
      const ca = await find(parts, params.name, headers['if-match'])
      if (!query.force) await refuseUsed(parts, ca)
      await store.commit([{ delete: 'caCertificate', key: ca.key, expect: { etag: ca.etag } }])
      return reply.status(204).send()
    },
  )
}

async function find({ store }: OperatorParts, name: string, ifMatch?: string): Promise<CaCertificate> {
  const ca = await store.caCertificate(caKeyOf(parseCaName(name)))
  if (!ca) throw new ProvisioningError('certificate_not_found', { name: printable(name) })
  if (ifMatch !== undefined && !etagMatches(ifMatch, ca.etag))
    throw new ProvisioningError('precondition_failed', { id: ca.name })
  return ca
}

/** Our own tools send no etag: then the last writer wins, but over what was read (contract/management 5.4). */
function expectation(previous: CaCertificate | undefined, ifMatch: string | undefined): Expect {
  if (ifMatch !== undefined && !(previous && etagMatches(ifMatch, previous.etag)))
    throw new ProvisioningError('precondition_failed', { id: previous?.name ?? 'the certificate' })
  return previous ? { etag: previous.etag } : 'absent'
}

// contract/management 5.8
async function refuseUsed({ store }: OperatorParts, ca: CaCertificate): Promise<void> {
  const groups = await store.groupsReferencing(ca.key)
  if (groups.length === 0) return
  throw new ProvisioningError('in_use', {
    message: `The CA certificate "${ca.name}" is named by ${groups.length === 1 ? 'the enrollment group' : 'the enrollment groups'} ${groups.join(', ')}. Change them first, or delete with force.`,
  })
}

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
