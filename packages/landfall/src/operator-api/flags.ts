/** Flags of the query: `?force=true`, `?keys=true`. */

export interface Force {
  readonly force?: boolean
}
export const force = { type: 'object', properties: { force: { type: 'boolean' } } }

export interface Keys {
  readonly keys?: boolean
}
export const keys = { type: 'object', properties: { keys: { type: 'boolean' } } }
