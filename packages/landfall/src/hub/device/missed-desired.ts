/**
 * Changes of desired that come after a device read its twin and before it subscribed to them. Node's SDK does one after the
 * other, and would not know of a change in between until the next one.
 */
import type { JsonObject } from '../../json.ts'
import type { DesiredListener } from './session.ts'

interface Missed {
  readonly patch: JsonObject
  readonly version: number
}

/** The newest; a device subscribes at once, or never. */
const most = 4

export class MissedDesired {
  #readVersion = 0
  readonly #missed: Missed[] = []

  note(patch: JsonObject, version: number): void {
    this.#missed.push({ patch, version })
    if (this.#missed.length > most) this.#missed.shift()
  }

  /** The device was given desired as of this version. */
  read(version: number): void {
    this.#readVersion = version
  }

  tell(listener: DesiredListener): void {
    for (const { patch, version } of this.#missed) if (version > this.#readVersion) listener(patch, version)
  }
}
