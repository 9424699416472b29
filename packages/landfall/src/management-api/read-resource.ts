/** The body of a PUT on the service, read into what it orders (contract/management 3, 4.1). */
import { flagAt, invalid, memberAt, objectAt, requireObject, textAt, wordAt } from '../enrollment/fields.ts'
import { printable } from '../ids.ts'
import type { LinkOrder } from '../instance/linked-hubs.ts'
import type { ListedPolicy } from '../instance/policies.ts'
import type { ResourceOrder } from '../instance/resource.ts'
import type { Json, JsonObject } from '../json.ts'
import { serviceRights } from '../sas/policy.ts'
import { readKeptProperties } from './kept-properties.ts'

export function readResource(sent: unknown): ResourceOrder {
  const body = requireObject(sent, 'The body of a service')
  const properties = objectAt(body, 'properties') ?? {}
  return {
    etags: etagsOf(body),
    location: shortTextAt(body, 'location', mostLocation),
    tags: readTags(body),
    capacity: readCapacity(objectAt(body, 'sku') ?? {}),
    identity: objectAt(body, 'identity'),
    properties: readKeptProperties(properties),
    // capitalised here, not so in enrollments (contract/management 3.2)
    allocationPolicy: wordAt(properties, 'properties.allocationPolicy', ['hashed', 'geoLatency', 'static']),
    policies: listAt(properties, 'properties.authorizationPolicies')?.map(readPolicy),
    links: listAt(properties, 'properties.iotHubs')?.map(readLink),
  }
}

function etagsOf(body: JsonObject): readonly string[] {
  const etag = textAt(body, 'etag')
  return etag ? [etag] : []
}

/** Bounds of our own, as for the hubs of the operator API. */
const mostLocation = 64
const mostListed = 1000
const mostConnectionString = 1024

/** As many, and as long, as a resource may have in the cloud. */
const mostTags = 50
const longestTag = { name: 512, value: 256 } as const

export function readTags(body: JsonObject): Readonly<Record<string, string>> | undefined {
  const tags = objectAt(body, 'tags')
  if (!tags) return
  const entries = Object.entries(tags)
  if (entries.length > mostTags) throw invalid(`tags has ${entries.length} members; at most ${mostTags} are kept.`)
  return Object.fromEntries(entries.map(([name, value]) => [name, tagText(name, value)]))
}

function tagText(name: string, value: Json | undefined): string {
  if (typeof value === 'string' && name.length <= longestTag.name && value.length <= longestTag.value) return value
  throw invalid(
    `The tag "${printable(name, 60)}" must be a string of at most ${longestTag.value} characters, its name at most ${longestTag.name}.`,
  )
}

function readCapacity(sku: JsonObject): number | undefined {
  wordAt(sku, 'sku.name', ['S1'])
  return integerAt(sku, 'sku.capacity', 1, Number.MAX_SAFE_INTEGER)
}

function listAt(object: JsonObject, path: string): readonly JsonObject[] | undefined {
  const list = memberAt(object, path)
  if (list === undefined) return
  if (!Array.isArray(list)) throw invalid(`${path} must be a list.`)
  if (list.length > mostListed) throw invalid(`${path} has ${list.length} items; at most ${mostListed} are taken.`)
  return list.map((item: unknown, index) => requireObject(item, `${path}[${index}]`))
}

function shortTextAt(object: JsonObject, path: string, most: number): string | undefined {
  const text = textAt(object, path)
  if (text !== undefined && text.length > most) throw invalid(`${path} is longer than ${most} characters.`)
  return text
}

function integerAt(object: JsonObject, path: string, least: number, most: number): number | undefined {
  const value = memberAt(object, path)
  if (value === undefined) return
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(`${path} must be a whole number from ${least} to ${most}.`)
}

function readPolicy(item: JsonObject): ListedPolicy {
  const name = textAt(item, 'keyName')
  if (!name) throw invalid('A shared access policy has no keyName.')
  return {
    name,
    rights: readRights(textAt(item, 'rights') ?? '', name),
    // the command line regenerates a key by leaving it out, or empty (contract/management 3.15)
    primaryKey: textAt(item, 'primaryKey') || undefined,
    secondaryKey: textAt(item, 'secondaryKey') || undefined,
  }
}

/** One string, in any letter case, order and spacing (contract/management 3.13). */
function readRights(text: string, policy: string): ListedPolicy['rights'] {
  const words = text.split(',').map((word) => word.trim())
  return words.map((word) => {
    const right = serviceRights.find((one) => one.toLowerCase() === word.toLowerCase())
    if (right) return right
    throw invalid(
      `The rights of the shared access policy "${printable(policy, 60)}" name "${printable(word, 60)}"; give some of ${serviceRights.join(', ')}, joined by commas.`,
    )
  })
}

function readLink(item: JsonObject): LinkOrder {
  return {
    connectionString: connectionStringOf(item),
    location: shortTextAt(item, 'location', mostLocation),
    applyAllocationPolicy: flagAt(item, 'applyAllocationPolicy'),
    // contract/management 4.5
    allocationWeight: integerAt(item, 'allocationWeight', 1, 1000),
  }
}

/** `hostName` alone is a hub of this service (contract/management 4.7). */
function connectionStringOf(item: JsonObject): string {
  const text = shortTextAt(item, 'connectionString', mostConnectionString)
  if (text) return text
  const host = textAt(item, 'hostName')
  if (!host) throw invalid('A linked hub has neither connectionString nor hostName.')
  return `HostName=${host};Embedded=true`
}
