/** The body of a twin patch or replacement, as a change (contract/iot-hub 6.6). */
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { HubTwin } from './device.ts'
import { invalid } from './refusal.ts'
import { type NewTwin, newTwin, type TwinChange } from './twin.ts'
import { formFault, sizeFault } from './twin-limits.ts'

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

/** Of a new identity, with the sections that came with it. */
export function firstTwin(making: Omit<NewTwin, 'tags' | 'desired'>, { tags, desired }: TwinChange): HubTwin {
  const twin = newTwin({ ...making, tags: contentOf(tags), desired: contentOf(desired) })
  refuseTooLarge(twin)
  return twin
}

const contentOf = (section: TwinChange['tags']) => (section === 'clear' ? undefined : section)

export function refuseTooLarge({ tags, desired }: HubTwin): void {
  const fault = sizeFault('tags', tags) ?? sizeFault('desired', desired)
  if (fault) throw invalid(fault)
}
