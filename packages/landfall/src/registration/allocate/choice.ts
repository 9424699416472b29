/** What a webhook chose (contract/semantics 9.5), held to the rules: it is a stranger, too. */
import type { InitialTwin } from '../../enrollment/enrollment.ts'
import { parseInitialTwin } from '../../enrollment/initial-twin.ts'
import { type Fault, ProvisioningError, sentenceOf } from '../../fault.ts'
import { type HubName, hubNameOf, printable } from '../../ids.ts'
import { isJsonObject, type Json, type JsonObject, nestsTooDeep } from '../../json.ts'
import type { WebhookAnswer, WebhookQuestion } from '../webhook.ts'
import { maskedUrl } from './question.ts'

export interface Choice {
  readonly hub: HubName
  /** Absent: that of the enrollment. */
  readonly initialTwin?: InitialTwin
  /** Passed on to the device. */
  readonly payload?: JsonObject
}

/** `says`: what the webhook did, for those who run the service. */
export type Chosen = { readonly says: string } & ({ readonly choice: Choice } | { readonly fault: Fault })

export function readChoice(answer: WebhookAnswer, { url, linkedHubs }: WebhookQuestion): Chosen {
  const webhook = `The webhook "${maskedUrl(url)}"`
  if ('trouble' in answer) return failed(answer.trouble.told, `${webhook} gave no answer: ${answer.trouble.why}.`)
  const { status, text } = answer
  if (status < 200 || status > 299) return refused(status, webhook)
  const reading = readAnswer(text, linkedHubs)
  if ('why' in reading) return failed(reading.told, `${webhook} answered ${status}, but ${reading.why}.`)
  const { hub, initialTwin, payload } = reading
  const beside = [...(initialTwin ? ['an initial twin'] : []), ...(payload ? ['a payload'] : [])].join(' and ')
  return { choice: reading, says: `${webhook} chose "${hub}"${beside && `, with ${beside}`}.` }
}

// contract/semantics 9.8
function refused(status: number, webhook: string): Chosen {
  const advice =
    status < 400
      ? 'redirections are not followed: enroll the URL that it points to'
      : status === 401 || status === 403
        ? 'is the key in its URL whole?'
        : 'look into its own log'
  return {
    says: `${webhook} answered ${status}: ${advice}.`,
    fault: faultOf(`Custom allocation failed with status code: ${status}`),
  }
}

// contract/semantics 9.9: without a status, in our own words
const failed = (told: string, says: string): Chosen => ({ says, fault: faultOf(`Custom allocation failed: ${told}.`) })

const faultOf = (message: string): Fault => ({ reason: 'custom_allocation_failed', facts: { message } })

type Reading = Choice | { readonly told: string; readonly why: string }

const unreadable = (why: string) => ({ told: 'the answer of the webhook cannot be used', why })

function readAnswer(text: string, linkedHubs: readonly HubName[]): Reading {
  const body = parsed(text)
  if (!isJsonObject(body)) return unreadable('not with a JSON object')
  const host = named(body, 'iotHubHostName')
  if (typeof host !== 'string' || host.trim() === '') return unreadable('without an iotHubHostName')
  const hub = linkedHubs.find((name) => name === hubNameOf(host.trim()))
  if (!hub) {
    const told = 'the webhook chose a hub that is not among those it was offered'
    return { told, why: `it chose "${printable(host)}", which is none of ${linkedHubs.join(', ')}` }
  }
  const payload = named(body, 'payload') ?? undefined
  if (payload !== undefined && !isJsonObject(payload)) return unreadable('its payload is no JSON object')
  const twin = readTwin(named(body, 'initialTwin') ?? undefined)
  return 'why' in twin ? unreadable(twin.why) : { hub, ...twin, ...(payload && { payload }) }
}

function parsed(text: string): unknown {
  if (nestsTooDeep(text)) return
  try {
    return JSON.parse(text)
  } catch {
    return
  }
}

/** Functions in C# write Pascal case (contract/semantics 9.5). */
function named(object: JsonObject, name: string): Json | undefined {
  if (object[name] !== undefined) return object[name]
  return Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

function readTwin(sent: Json | undefined): { readonly initialTwin?: InitialTwin } | { readonly why: string } {
  if (sent === undefined) return {}
  if (!isJsonObject(sent)) return { why: 'its initialTwin is no JSON object' }
  const properties = named(sent, 'properties') ?? undefined
  const desired = isJsonObject(properties) ? { desired: named(properties, 'desired') } : properties
  try {
    return { initialTwin: parseInitialTwin({ initialTwin: { tags: named(sent, 'tags'), properties: desired } }) }
  } catch (error) {
    if (!(error instanceof ProvisioningError)) throw error
    return { why: `its initial twin is refused: ${sentenceOf(error.reason, error.facts).replace(/\.$/, '')}` }
  }
}
