/** Weighted rendezvous hashing: stable for a device, and few move when hubs or weights change (contract/semantics 8.4). */
import { hash } from 'node:crypto'
import type { HubName, RegistrationKey } from '../../ids.ts'

export interface Candidate {
  readonly name: HubName
  /** 1 to 1000. */
  readonly weight: number
}

export function chooseHashed<C extends Candidate>(key: RegistrationKey, candidates: readonly C[]): C | undefined {
  let best: { readonly candidate: C; readonly score: number } | undefined
  for (const candidate of candidates) {
    const score = scoreOf(key, candidate)
    if (!best || score > best.score || (score === best.score && candidate.name < best.candidate.name)) {
      best = { candidate, score }
    }
  }
  return best?.candidate
}

// Thaler and Ravishankar's highest random weight, in the logarithmic form that shares in proportion to the weight
function scoreOf(key: RegistrationKey, { name, weight }: Candidate): number {
  return -weight / Math.log(fractionOf(`${key}\0${name}`))
}

/** Strictly between 0 and 1, from the first 52 bits of SHA-256. */
function fractionOf(text: string): number {
  return (Number.parseInt(hash('sha256', text, 'hex').slice(0, 13), 16) + 0.5) / 2 ** 52
}
