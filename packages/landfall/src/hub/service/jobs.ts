/** `/jobs/v2`: work on many devices (contract/iot-hub 9.1). `/jobs` is import and export, which there is none of (5.6). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isJobId, printable } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import { type HubJob, jobStatuses, jobTypes } from '../jobs/job.ts'
import { allJobs, type JobPlace, readJob } from '../jobs/jobs.ts'
import { parseJob } from '../jobs/parse-job.ts'
import { jobView, shownStatusOf } from '../jobs/views.ts'
import { HubRefusal, invalid } from '../refusal.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf } from './call.ts'
import { answerPage, continuationOf, limitOf } from './paging.ts'

export function jobRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  const service = admit(parts, 'ServiceConnect')
  const { jobs } = parts
  app.get('/jobs/v2/query', service, listJobs)
  app.get('/jobs/v2/:jobId', service, async (request) => {
    const { registry, at } = callOf(request)
    const job = await readJob(registry.store, jobPlaceOf(request))
    return show(request, job, shownStatusOf(job, at))
  })
  app.put('/jobs/v2/:jobId', service, async (request) => {
    const { registry, actor } = callOf(request)
    const place = jobPlaceOf(request)
    const wish = parseJob(place.jobId, objectBodyOf(request), place.at)
    return show(request, await jobs.create(registry.store, place, wish, actor), 'queued')
  })
  app.post('/jobs/v2/:jobId/cancel', service, async (request) => {
    const job = await jobs.cancel(callOf(request).registry.store, jobPlaceOf(request))
    return show(request, job, job.status)
  })
  absentJobRoutes(app, parts)
}

function absentJobRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  const read = admit(parts, 'RegistryRead')
  app.post('/jobs/create', admit(parts, 'RegistryWrite'), async () => {
    throw new HubRefusal(
      'OperationNotAvailable',
      'Import and export need a blob storage, which an embedded hub has not. To copy everything, stop the service and copy its data directory.',
    )
  })
  app.get('/jobs', read, async () => [])
  app.get('/jobs/:jobId', read, async (request) => {
    const { hub, jobId } = jobPlaceOf(request)
    throw new HubRefusal('JobNotFound', `There is no import or export job "${jobId}" on the hub "${hub}".`)
  })
}

function jobPlaceOf(request: FastifyRequest): JobPlace {
  const { hub, at } = callOf(request)
  const { jobId } = request.params as { jobId: string }
  if (isJobId(jobId)) return { hub, jobId, at }
  throw invalid(`"${printable(jobId)}" is not a legal job id: 1 to 128 characters, as a device id has them.`)
}

async function show(
  request: FastifyRequest,
  job: HubJob,
  status: ReturnType<typeof shownStatusOf>,
): Promise<JsonObject> {
  return jobView(job, await callOf(request).registry.store.jobCounts(job.hub, job.jobId), status)
}

async function listJobs(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { hub, registry, at } = callOf(request)
  const query = request.query as Record<string, unknown>
  const type = named('jobType', query.jobType, jobTypes)
  const status = named('jobStatus', query.jobStatus, [...jobStatuses, 'scheduled', 'enqueued', 'unknown'])
  const from = continuationOf(request)
  const fitting = (await allJobs(registry.store, hub)).filter(
    (job) =>
      (from === undefined || job.jobId > from.after) &&
      (type === undefined || job.work.type === type) &&
      (status === undefined || shownStatusOf(job, at) === status),
  )
  const page = fitting.slice(0, limitOf(request))
  const last = page.at(-1)
  const next =
    fitting.length > page.length && last ? { after: last.jobId, given: (from?.given ?? 0) + page.length } : undefined
  const rows = await Promise.all(page.map((job) => show(request, job, shownStatusOf(job, at))))
  return answerPage(reply, 'JobResponse', { rows, next })
}

function named<Name extends string>(parameter: string, value: unknown, names: readonly Name[]): Name | undefined {
  if (value === undefined || value === '') return
  const found = names.find((name) => name.toLowerCase() === String(value).toLowerCase())
  if (found) return found
  throw invalid(`${parameter} is one of ${names.join(', ')}, not "${printable(String(value), 60)}".`)
}
