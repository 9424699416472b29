/** Members of `properties` that are kept and given back, though nothing here depends on them but where said so (contract/management 3.2). */
import { flagAt, invalid, memberAt, objectAt, requireObject, textAt, wordAt } from '../enrollment/fields.ts'
import type { JsonObject } from '../json.ts'

type Reader = (properties: JsonObject, path: string) => JsonObject[string]

const readers: Readonly<Record<string, Reader>> = {
  ipFilterRules: readIpFilterRules,
  publicNetworkAccess: (properties, path) => wordAt(properties, path, ['Enabled', 'Disabled']),
  enableDataResidency: flagAt,
  disableLocalAuth: flagAt,
  deviceRegistryNamespace: objectAt,
  deviceRegistryNamespaces: memberAt,
}

export function readKeptProperties(properties: JsonObject): JsonObject {
  const present = Object.entries(readers).filter(([name]) => memberAt(properties, name) !== undefined)
  return Object.fromEntries(present.map(([name, read]) => [name, read(properties, `properties.${name}`)]))
}

function readIpFilterRules(properties: JsonObject, path: string) {
  const rules = memberAt(properties, path)
  if (!Array.isArray(rules)) throw invalid(`${path} must be a list.`)
  return rules.map((item: unknown, index) => readRule(requireObject(item, `${path}[${index}]`), `${path}[${index}]`))
}

function readRule(rule: JsonObject, path: string): JsonObject {
  const [filterName, ipMask] = [textAt(rule, `${path}.filterName`), textAt(rule, `${path}.ipMask`)]
  const action = wordAt(rule, `${path}.action`, ['Accept', 'Reject'])
  const target = wordAt(rule, `${path}.target`, ['all', 'serviceApi', 'deviceApi'])
  if (!filterName || !ipMask || !action) throw invalid(`${path} needs filterName, action and ipMask.`)
  return { filterName, action, ipMask, ...(target && { target }) }
}

/** Whoever relies on a filter must hear that there is none. */
export function withoutEffect({ ipFilterRules, publicNetworkAccess }: JsonObject): readonly string[] {
  return [
    ...(Array.isArray(ipFilterRules) && ipFilterRules.length > 0
      ? ['ipFilterRules are kept, but not enforced: use a firewall in front of this service.']
      : []),
    ...(publicNetworkAccess === 'Disabled'
      ? ['publicNetworkAccess is kept, but not enforced: bind the service to an address of your network with --host.']
      : []),
  ]
}
