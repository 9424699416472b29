/** The service API: what back ends call to enroll devices (contract/service-api). All its paths are on this page. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { forRequest } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { readJsonBody } from '../protocol/http-body.ts'
import { warningHeader, warningText } from '../protocol/warning-header.ts'
import { OneAtATime } from '../registration/one-at-a-time.ts'
import type { ServiceRight } from '../sas/policy.ts'
import { admit, pathOf, type Visit } from './access.ts'
import { bulkGroups, bulkIndividuals } from './bulk.ts'
import type { Answer, Resource, Room, ServiceApiParts } from './call.ts'
import { getGroup, groupMechanism, putGroup, removeGroup } from './enrollment-groups.ts'
import { bodyLimitBytes, sendRefusal } from './errors.ts'
import { getIndividual, individualMechanism, putIndividual, removeIndividual } from './individual-enrollments.ts'
import { queryGroups, queryIndividuals, queryRegistrations } from './query.ts'
import { getRegistration, removeRegistration } from './registrations.ts'

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'
type Route = readonly [Method, path: string, ServiceRight, Resource]

// contract/service-api 4. The attestation mechanism shows keys, so reading is not enough for it (5.6).
const routes: readonly Route[] = [
  ['GET', '/enrollments/:id', 'EnrollmentRead', getIndividual],
  ['PUT', '/enrollments/:id', 'EnrollmentWrite', putIndividual],
  ['DELETE', '/enrollments/:id', 'EnrollmentWrite', removeIndividual],
  ['POST', '/enrollments/query', 'EnrollmentRead', queryIndividuals],
  ['POST', '/enrollments', 'EnrollmentWrite', bulkIndividuals],
  ['POST', '/enrollments/:id/attestationmechanism', 'EnrollmentWrite', individualMechanism],
  ['GET', '/enrollmentGroups/:id', 'EnrollmentRead', getGroup],
  ['PUT', '/enrollmentGroups/:id', 'EnrollmentWrite', putGroup],
  ['DELETE', '/enrollmentGroups/:id', 'EnrollmentWrite', removeGroup],
  ['POST', '/enrollmentGroups/query', 'EnrollmentRead', queryGroups],
  ['POST', '/enrollmentGroups', 'EnrollmentWrite', bulkGroups],
  ['POST', '/enrollmentGroups/:id/attestationmechanism', 'EnrollmentWrite', groupMechanism],
  ['GET', '/registrations/:id', 'RegistrationStatusRead', getRegistration],
  ['DELETE', '/registrations/:id', 'RegistrationStatusWrite', removeRegistration],
  ['POST', '/registrations/:id/query', 'RegistrationStatusRead', queryRegistrations],
]

/** Wants a router that ignores letter case and trailing slashes, and takes parameters of 128 encoded characters. */
export function serviceApi(parts: ServiceApiParts): FastifyPluginAsync {
  const room: Room = { ...parts, groupTurns: new OneAtATime() }
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: bodyLimitBytes },
      async (request: FastifyRequest, bytes: Buffer) => readJsonBody(bytes, request.headers['content-type']),
    )
    app.setErrorHandler((error, request, reply) => sendRefusal(error, request, reply, room))
    for (const route of routes) serve(app, route, room)
    for (const path of new Set(routes.map(([, path]) => path))) if (!isIdToo.has(path)) refuseOtherMethods(app, path)
  }
}

/** Admitted before id and body are looked at: who may not call learns nothing (contract/service-api 5.8, 12.4). */
function serve(app: FastifyInstance, [method, url, right, resource]: Route, room: Room): void {
  const visits = new WeakMap<FastifyRequest, Visit>()
  app.route<{ Params: { id?: string } }>({
    method,
    url,
    exposeHeadRoute: false,
    onRequest: async (request) => {
      visits.set(request, await admit(request, right, room))
    },
    handler: async (request, reply) => {
      const visit = visits.get(request)
      if (!visit) throw new Error('a request was handled that nobody admitted')
      const header = (name: string) => textOf(request.headers[name])
      const { body } = request
      const call = { id: request.params.id ?? '', body, header, ...visit }
      return send(reply, await resource(call, forRequest(request, room)), room)
    },
  })
}

const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header

function send(reply: FastifyReply, { body, headers = {}, warnings = [] }: Answer, { fidelity }: Room): FastifyReply {
  reply.headers(headers)
  // contract/semantics 19.16
  if (warnings.length > 0 && fidelity === 'landfall') reply.header(warningHeader, warningText(warnings))
  return body === undefined ? reply.code(204).send() : reply.code(200).send(body)
}

/** With another method than POST these are the enrollment, or the group, "query" (contract/service-api 4.17). */
const isIdToo = new Set(['/enrollments/query', '/enrollmentGroups/query'])

function refuseOtherMethods(app: FastifyInstance, url: string): void {
  const allowed = routes.filter(([, path]) => path === url).map(([method]) => method)
  const others = app.supportedMethods.filter((method) => !allowed.some((known) => known === method))
  app.route({
    method: others,
    url,
    onRequest: async (request, reply) => {
      reply.header('allow', allowed.join(', '))
      const facts = { method: request.method, path: printable(pathOf(request)) }
      throw new ProvisioningError('method_not_allowed', facts)
    },
    handler: async () => undefined,
  })
}
