/** Configurations: parsed, stored and given back; they are applied to a device when somebody asks for it (contract/iot-hub 9.2). */
import { isDeepStrictEqual } from 'node:util'
import { type ConfigurationId, type Etag, makeEtag, printable } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Instant } from '../system.ts'
import type { HubConfiguration } from './configuration.ts'
import { parseContent } from './configuration-content.ts'
import { parseTargetCondition } from './query/condition.ts'
import { HubRefusal, invalid } from './refusal.ts'
import { isConflict, type Place, type Registry, type Seen } from './registry.ts'

export interface ConfigurationPlace extends Pick<Place, 'hub' | 'at'> {
  readonly id: ConfigurationId
}

type Wish = Pick<HubConfiguration, 'schemaVersion' | 'labels' | 'content' | 'targetCondition' | 'priority' | 'metrics'>

/** As the cloud's of a paid hub. */
const mostConfigurations = 100
const longestText = 4096

export async function readConfiguration({ store }: Registry, { hub, id }: ConfigurationPlace) {
  const configuration = await store.configuration(hub, id)
  if (!configuration) throw notFound(id)
  return configuration
}

export async function createConfiguration({ store, random }: Registry, place: ConfigurationPlace, wish: Wish) {
  const { hub, id, at } = place
  const there = await store.configurations(hub)
  if (there.length >= mostConfigurations && !there.some((one) => one.id === id)) throw tooMany()
  const value = { hub, id, etag: makeEtag(random), ...wish, createdAt: at, updatedAt: at }
  try {
    await store.commit([{ put: 'configuration', value, expect: 'absent' }])
    return value
  } catch (error) {
    throw isConflict(error) ? alreadyExists(id) : error
  }
}

export async function updateConfiguration(registry: Registry, place: ConfigurationPlace, wish: Wish, seen: Seen) {
  const before = await readConfiguration(registry, place)
  if (seen !== 'whatever' && seen.etag !== before.etag) throw changedMeanwhile(place.id)
  if (!isDeepStrictEqual(before.content, wish.content))
    throw invalid(
      `The content of a configuration is fixed. Make a new one beside "${place.id}", with a higher priority.`,
    )
  const value = { ...before, ...wish, etag: makeEtag(registry.random), updatedAt: place.at }
  await whole(place, () => registry.store.commit([{ put: 'configuration', value, expect: { etag: before.etag } }]))
  return value
}

export async function deleteConfiguration(registry: Registry, place: ConfigurationPlace, seen: Seen): Promise<void> {
  const { hub, id } = place
  const expect = seen === 'whatever' ? 'present' : { etag: seen.etag as Etag }
  await whole(place, () => registry.store.commit([{ delete: 'configuration', hub, id, expect }]))
}

async function whole({ id }: ConfigurationPlace, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isConflict(error)) throw error
    throw error.found === undefined ? notFound(id) : changedMeanwhile(id)
  }
}

export function parseConfiguration(body: JsonObject): Wish {
  const { schemaVersion, labels, content, targetCondition, priority, metrics } = body
  return {
    schemaVersion: parseText('schemaVersion', schemaVersion ?? '1.0'),
    labels: parseTexts('labels', labels),
    content: parseContent(content),
    targetCondition: parseTargetCondition(parseText('targetCondition', targetCondition ?? '')),
    priority: parsePriority(priority ?? 0),
    metrics: parseTexts('metrics.queries', isJsonObject(metrics) ? metrics.queries : undefined),
  }
}

function parseText(name: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= longestText) return value
  throw invalid(`${name} is a text of at most ${longestText} characters.`)
}

function parseTexts(name: string, value: unknown): JsonObject {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw invalid(`${name} is an object whose members are texts.`)
  for (const [member, text] of Object.entries(value)) parseText(`${name}.${printable(member, 60)}`, text)
  return value
}

function parsePriority(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 2 ** 31) return Number(value)
  throw invalid(`priority is a whole number from 0, not ${printable(JSON.stringify(value), 60)}.`)
}

export function configurationView(configuration: HubConfiguration): JsonObject {
  const { id, schemaVersion, labels, content, targetCondition, priority, metrics, etag } = configuration
  return {
    id,
    schemaVersion,
    labels,
    content,
    targetCondition,
    createdTimeUtc: timeOf(configuration.createdAt),
    lastUpdatedTimeUtc: timeOf(configuration.updatedAt),
    priority,
    systemMetrics: { results: {}, queries: {} },
    metrics: { results: {}, queries: metrics },
    etag,
  }
}

const timeOf = (at: Instant) => new Date(at).toISOString()

const notFound = (id: ConfigurationId) =>
  new HubRefusal('ConfigurationNotFound', `There is no configuration "${id}" on this hub.`)

const alreadyExists = (id: ConfigurationId) =>
  new HubRefusal('ConfigurationAlreadyExists', `There is a configuration "${id}" already. To change it, send If-Match.`)

const tooMany = () =>
  new HubRefusal(
    'ConfigurationCountLimitExceeded',
    `This hub has ${mostConfigurations} configurations, and can have no more. Delete one that is not needed.`,
  )

const changedMeanwhile = (id: ConfigurationId) =>
  new HubRefusal(
    'PreconditionFailed',
    `The configuration "${id}" is not as the If-Match header says. Read it again and repeat the change.`,
  )
