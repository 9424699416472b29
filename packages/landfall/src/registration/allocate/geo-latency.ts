/**
 * The nearest hub. The cloud measures latency as DNS traffic managers do; nothing here knows where a device is, so
 * ties are all there is, and those are hashed by weight as in the cloud (contract/semantics 8.5).
 */
import type { RegistrationKey } from '../../ids.ts'
import { type Candidate, chooseHashed } from './hashed.ts'

export function chooseGeoLatency<C extends Candidate>(key: RegistrationKey, candidates: readonly C[]) {
  return {
    hub: chooseHashed(key, candidates),
    says: 'The place of the device is not known, so every hub counts as equally near, and their weights decide.',
  }
}
