/** The members that say where devices go (contract/service-api 7.11, 11.5, 11.6; contract/semantics 8). */
import { type HubName, hubNameOf, printable } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { AllocationPolicy, Enrollment } from './enrollment.ts'
import { invalid, memberAt, objectAt, textAt, wordAt } from './fields.ts'

const policies = ['hashed', 'geoLatency', 'static', 'custom'] as const satisfies readonly AllocationPolicy[]

type Allocation = Pick<Enrollment, 'allocationPolicy' | 'iotHubs' | 'iotHubHostName' | 'customAllocationDefinition'>

export function parseAllocation(body: JsonObject): Allocation {
  const allocationPolicy = wordAt(body, 'allocationPolicy', policies)
  const iotHubs = parseHubs(body)
  const legacy = textAt(body, 'iotHubHostName')?.trim()
  const iotHubHostName = legacy ? hubNameOf(legacy) : undefined
  if (iotHubs && !allocationPolicy) {
    throw invalid('Enrollment allocationPolicy must be specified when iotHubs are specified.')
  }
  if (allocationPolicy === 'static' && iotHubs && iotHubs.length > 1) {
    throw invalid(`The allocationPolicy static takes one hub; iotHubs names ${iotHubs.length}: ${iotHubs.join(', ')}.`)
  }
  if (iotHubs && iotHubHostName && !iotHubs.includes(iotHubHostName)) {
    throw invalid(`iotHubHostName is "${printable(iotHubHostName)}", which is not among iotHubs. Send only iotHubs.`)
  }
  return {
    allocationPolicy,
    iotHubs,
    iotHubHostName,
    customAllocationDefinition: parseCustom(body, allocationPolicy === 'custom'),
  }
}

/** An empty list is none: all linked hubs, also those linked later (contract/semantics 8.2). */
function parseHubs(body: JsonObject): readonly HubName[] | undefined {
  const value = memberAt(body, 'iotHubs')
  if (value === undefined) return
  if (!Array.isArray(value)) throw invalid('iotHubs must be a list of host names.')
  const names = value.map((host: unknown) => {
    if (typeof host !== 'string' || host.trim() === '') throw invalid('iotHubs must be a list of host names.')
    return hubNameOf(host.trim())
  })
  return names.length === 0 ? undefined : [...new Set(names)]
}

/** Without the policy `custom` it is ignored: kept if it is whole, never a reason to refuse (contract/service-api 7.11). */
function parseCustom(body: JsonObject, required: boolean): Enrollment['customAllocationDefinition'] {
  if (!required) return wholeDefinition(memberAt(body, 'customAllocationDefinition'))
  const definition = objectAt(body, 'customAllocationDefinition')
  if (!definition) {
    throw invalid("A CustomAllocationDefinition is required when the allocation policy is set to 'Custom'.")
  }
  return {
    webhookUrl: parseWebhookUrl(textAt(definition, 'customAllocationDefinition.webhookUrl')),
    apiVersion: parseWebhookVersion(textAt(definition, 'customAllocationDefinition.apiVersion')),
  }
}

function wholeDefinition(value: unknown): Enrollment['customAllocationDefinition'] {
  if (typeof value !== 'object' || value === null) return
  const { webhookUrl, apiVersion } = value as { webhookUrl?: unknown; apiVersion?: unknown }
  if (typeof webhookUrl === 'string' && typeof apiVersion === 'string') return { webhookUrl, apiVersion }
}

// Plain http only to this machine: the answer of the webhook decides where devices go. The URL is never called at
// save, and may hold a secret, so no sentence shows it (contract/semantics 8.8).
function parseWebhookUrl(text: string | undefined): string {
  if (!text) throw invalid('customAllocationDefinition.webhookUrl is required with the allocation policy custom.')
  const url = URL.parse(text)
  const local = url && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && local))) {
    throw invalid('customAllocationDefinition.webhookUrl must be an absolute https URL (http only to this machine).')
  }
  return text
}

// contract/semantics 9.1: any date-like text is taken
function parseWebhookVersion(text: string | undefined): string {
  if (!text || !/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(text)) {
    throw invalid('customAllocationDefinition.apiVersion is required: a date such as 2021-10-01.')
  }
  return text
}
