/**
 * The key that a TPM is sent to prove itself with (contract/device-api-amqp-tpm 10.3). Nothing is kept of it: it follows
 * from a secret of the service, the device, its two keys and the hour, so any node knows the proof again.
 */
import { createHmac } from 'node:crypto'
import type { RegistrationKey } from '../../ids.ts'
import type { Settings } from '../../store/settings.ts'
import type { Instant, Random } from '../../system.ts'
import { makeBlob } from '../../tpm/blob.ts'
import { type ParentKey, sha256Of } from '../../tpm/public-area.ts'

export interface ChallengeOrder {
  readonly endorsementKey: ParentKey
  readonly storageRootKey: ParentKey
  readonly settings: Settings
  readonly key: RegistrationKey
  readonly at: Instant
}

/** A proof lasts for one to two of them, whatever its token says. */
const windowMs = 60 * 60_000
/** By as much may the clocks of two nodes differ. */
const clockSkewMs = 5 * 60_000

/** Base64 of the blob in which the TPM finds its key. */
export function makeChallenge(order: ChallengeOrder, random: Random): string {
  const { endorsementKey, storageRootKey, settings, at } = order
  const key = keyOf(order, windowOf(at))
  return makeBlob({ endorsementKey, storageRootKey, key, data: settings.idScope }, random).toString('base64')
}

export function acceptedKeys(order: ChallengeOrder): readonly Buffer[] {
  const { at } = order
  const windows = new Set([windowOf(at), windowOf(at - windowMs), windowOf(at + clockSkewMs)])
  return [...windows].map((window) => keyOf(order, window))
}

const windowOf = (at: Instant) => Math.floor(at / windowMs)

function keyOf({ endorsementKey, storageRootKey, settings, key }: ChallengeOrder, window: number): Buffer {
  const { tpmSecret, idScope } = settings
  if (tpmSecret === undefined)
    throw new Error('there is no secret for TPM challenges: the service makes it when it starts')
  const parts = ['tpm-registration', idScope, key, sha256Of(endorsementKey) + sha256Of(storageRootKey), String(window)]
  return createHmac('sha256', Buffer.from(tpmSecret, 'base64')).update(parts.join('\0')).digest()
}
