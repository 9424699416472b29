/** The body of a twin patch or replacement, as a change (contract/iot-hub 6.6). */
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { invalid } from './refusal.ts'
import type { TwinChange } from './twin.ts'
import { formFault } from './twin-limits.ts'

/** Reported properties and unknown members are passed over, not refused: clients send whole twins back. */
export function parseTwinChange({ tags, properties }: JsonObject): TwinChange {
  if (properties !== undefined && properties !== null && !isJsonObject(properties))
    throw invalid('The properties of a twin are an object whose member desired is an object.')
  return {
    ...withSection('tags', tags),
    ...withSection('desired', properties?.desired),
  }
}

function withSection(name: 'tags' | 'desired', value: Json | undefined): TwinChange {
  if (value === undefined) return {}
  if (value === null) return { [name]: 'clear' }
  if (!isJsonObject(value)) throw invalid(`The ${name} of a twin are a JSON object.`)
  const fault = formFault(name, value)
  if (fault) throw invalid(fault)
  return { [name]: value }
}
