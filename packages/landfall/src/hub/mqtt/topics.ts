/** Topics of a device or module on its hub (contract/iot-hub 10.9, 10.11, 10.14, 10.18). It reaches its own and no others. */
import { percentDecoded } from './user-name.ts'

export type DeviceTopic =
  | { readonly kind: 'telemetry'; readonly bag: string }
  | { readonly kind: 'twinGet'; readonly rid: string }
  | { readonly kind: 'twinPatch'; readonly rid: string; readonly seenVersion?: number }
  | { readonly kind: 'methodAnswer'; readonly status: number; readonly rid: string }

export interface Whose {
  readonly deviceId: string
  readonly moduleId?: string
}

/** What a device means by publishing there; undefined: nothing that it may. */
export function readTopic(topic: string, whose: Whose): DeviceTopic | undefined {
  if (topic.startsWith('devices/')) return readTelemetry(topic, whose)
  const twin = /^\$iothub\/twin\/(GET|PATCH\/properties\/reported)\/?\?(.*)$/s.exec(topic)
  if (twin) {
    const [, what, query = ''] = twin
    return what === 'GET' ? { kind: 'twinGet', rid: ridOf(query) } : readTwinPatch(query)
  }
  const answer = /^\$iothub\/methods\/res\/(-?\d{1,10})\/?\?(.*)$/s.exec(topic)
  if (answer) return { kind: 'methodAnswer', status: Number(answer[1]), rid: ridOf(answer[2] ?? '') }
}

function readTelemetry(topic: string, whose: Whose): DeviceTopic | undefined {
  const match = /^devices\/([^/]+)(?:\/modules\/([^/]+))?\/messages\/events(?:\/(.*))?$/s.exec(topic)
  if (!match || !isOwn(match, whose)) return
  return { kind: 'telemetry', bag: match[3] ?? '' }
}

const isOwn = ([, device = '', module]: RegExpExecArray, { deviceId, moduleId }: Whose) =>
  isNamed(device, deviceId) && (module === undefined ? moduleId === undefined : isNamed(module, moduleId))

const isNamed = (text: string, id: string | undefined) => text === id || percentDecoded(text) === id

/** The Java client names the version of reported that it saw; MQTT's other clients do not. */
function readTwinPatch(query: string): DeviceTopic {
  const [, version] = /(?:^|&)\$version=(\d{1,15})(?:&|$)/.exec(query) ?? []
  return { kind: 'twinPatch', rid: ridOf(query), ...(version !== undefined && { seenVersion: Number(version) }) }
}

/** As it stands there: it is echoed, never understood. */
function ridOf(query: string): string {
  const part = query.split('&').find((one) => one.startsWith('$rid='))
  return part?.slice('$rid='.length) ?? ''
}

/**
 * What a device may subscribe to. `inputs`: of a module; without an edge hub nothing comes there (contract/iot-hub 10.18). C# and
 * C ask for all of a module's topics at once, Java for its messages.
 */
export type FilterKind = 'cloudMessages' | 'methods' | 'twinAnswers' | 'desired' | 'inputs'

const filters: readonly (readonly [filter: string, kind: FilterKind])[] = [
  ['$iothub/methods/POST/#', 'methods'],
  ['$iothub/twin/res/#', 'twinAnswers'],
  ['$iothub/twin/PATCH/properties/desired/#', 'desired'],
]

export function readFilter(filter: string, whose: Whose): FilterKind | undefined {
  const known = filters.find(([text]) => text === filter)
  if (known) return known[1]
  const match = /^devices\/([^/]+)(?:\/modules\/([^/]+))?\/(messages\/devicebound\/|inputs\/|)#$/i.exec(filter)
  if (!match || !isOwn(match, whose)) return
  const [, , moduleId, below = ''] = match
  if (moduleId === undefined) return /^messages/i.test(below) ? 'cloudMessages' : undefined
  return /^inputs/i.test(below) ? 'inputs' : 'cloudMessages'
}

export const twinAnswerTopic = (status: number, rid: string, version?: number) =>
  `$iothub/twin/res/${status}/?$rid=${rid}${version === undefined ? '' : `&$version=${version}`}`

export const desiredTopic = (version: number) => `$iothub/twin/PATCH/properties/desired/?$version=${version}`

/** `rid` last, and plain: one client reads the topic as a URL. */
export const methodTopic = (name: string, rid: string) =>
  `$iothub/methods/POST/${encodeURIComponent(name)}/?$rid=${rid}`

export const cloudMessageTopic = ({ deviceId, moduleId }: Whose, bag: string) =>
  `devices/${deviceId}${moduleId === undefined ? '' : `/modules/${moduleId}`}/messages/devicebound/${bag}`
