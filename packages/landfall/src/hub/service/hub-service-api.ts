/** The service REST API of the embedded hubs: one Fastify plug-in for all of them, told apart by the Host header. */
import type { FastifyPluginAsync } from 'fastify'
import { bulkRoutes } from './bulk.ts'
import { type HubServiceParts, requestDecorators } from './call.ts'
import { configurationRoutes } from './configurations.ts'
import { deviceRoutes } from './devices.ts'
import { answerError } from './errors.ts'
import { jobRoutes } from './jobs.ts'
import { keyRoutes } from './keys.ts'
import { messageRoutes } from './messages.ts'
import { methodRoutes } from './methods.ts'
import { moduleRoutes } from './modules.ts'
import { absentRoutes } from './not-served.ts'
import { queryRoutes } from './query.ts'
import { statisticsRoutes } from './statistics.ts'
import { twinRoutes } from './twins.ts'

export type { HubServiceParts } from './call.ts'

/** A hundred devices with twins of a common size; as the other HTTP surfaces. */
const bodyBytes = 1024 * 1024

export function hubServiceApi(parts: HubServiceParts): FastifyPluginAsync {
  return async (app) => {
    for (const name of requestDecorators) app.decorateRequest(name, undefined)
    // Bodies are read as bytes, whatever type they claim, and parsed once the right was shown.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_request, body, done) =>
      done(null, body),
    )
    app.setErrorHandler((error, request, reply) => answerError(parts, error, request, reply))
    deviceRoutes(app, parts)
    bulkRoutes(app, parts)
    keyRoutes(app, parts)
    moduleRoutes(app, parts)
    configurationRoutes(app, parts)
    jobRoutes(app, parts)
    twinRoutes(app, parts)
    methodRoutes(app, parts)
    messageRoutes(app, parts)
    queryRoutes(app, parts)
    statisticsRoutes(app, parts)
    absentRoutes(app, parts)
  }
}
