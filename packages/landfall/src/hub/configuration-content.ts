/** What a configuration sets: a document of desired properties for a device, or one for each of some modules. */
import { isModuleId, type ModuleId, printable } from '../ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { invalid } from './refusal.ts'
import { formFault } from './twin-limits.ts'

/** `properties.desired` replaces the whole section, `properties.desired.a.b` what is at that place. */
export type DesiredSettings = readonly { readonly path: readonly string[]; readonly value: Json }[]

export interface Content {
  readonly device: DesiredSettings
  readonly modules: ReadonlyMap<ModuleId, DesiredSettings>
}

const kinds = ['deviceContent', 'modulesContent', 'moduleContent'] as const

/** For storing: one kind of content, well formed. */
export function parseContent(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw invalid('content is an object with deviceContent, modulesContent or moduleContent.')
  const there = kinds.filter((kind) => value[kind] !== undefined && value[kind] !== null)
  if (there.length > 1) throw invalid(`content has ${there.join(' and ')}. Make a configuration of each.`)
  readContent(value)
  return value
}

/** For applying: `moduleContent` is for modules that a condition picks, never for one device. */
export function readContent(content: JsonObject): Content {
  if (content.moduleContent) readSettings('moduleContent', content.moduleContent)
  const modules = content.modulesContent ?? {}
  if (!isJsonObject(modules)) throw invalid('modulesContent is an object: of each module id, its settings.')
  return {
    device: readSettings('deviceContent', content.deviceContent ?? {}),
    modules: new Map(
      Object.entries(modules).map(([id, settings]) => [
        readModuleId(id),
        readSettings(`modulesContent.${id}`, settings),
      ]),
    ),
  }
}

export function readModuleId(id: string): ModuleId {
  if (isModuleId(id)) return id
  throw invalid(`"${printable(id)}" in the content is not a legal module id.`)
}

function readSettings(where: string, value: Json | undefined): DesiredSettings {
  if (!isJsonObject(value)) throw invalid(`${printable(where)} is an object.`)
  return Object.entries(value).map(([name, setting]) => {
    const [, path] = /^properties\.desired(?:\.(.+))?$/.exec(name) ?? [undefined, undefined]
    if (!/^properties\.desired(\.|$)/.test(name))
      throw invalid(
        `${printable(where)} sets "${printable(name)}". What can be set is properties.desired, or what is below.`,
      )
    return checked(where, { path: path?.split('.') ?? [], value: setting ?? null })
  })
}

function checked(where: string, setting: DesiredSettings[number]): DesiredSettings[number] {
  if (setting.path.length === 0 && !isJsonObject(setting.value))
    throw invalid(`properties.desired in ${printable(where)} is an object.`)
  const fault = formFault('desired', within(setting.path, setting.value))
  if (fault) throw invalid(fault)
  return setting
}

/** `['a', 'b'], 1` → `{ a: { b: 1 } }` */
function within(path: readonly string[], value: Json): JsonObject {
  const whole = path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value)
  return isJsonObject(whole) ? whole : {}
}

export function appliedTo(desired: JsonObject, settings: DesiredSettings): JsonObject {
  return settings.reduce<JsonObject>(
    (document, { path, value }) => (path.length === 0 ? (value as JsonObject) : withAt(document, path, value)),
    desired,
  )
}

function withAt(document: JsonObject, [name = '', ...below]: readonly string[], value: Json): JsonObject {
  if (below.length === 0) return { ...document, [name]: value }
  const inner = document[name]
  return { ...document, [name]: withAt(isJsonObject(inner) ? inner : {}, below, value) }
}
