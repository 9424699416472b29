import { expect, test } from 'vitest'
import { makeWorld } from '../../../test/registration/world.ts'
import { groupKeyOf, makeEtag, parseGroupId, parseRegistrationId } from '../../ids.ts'
import { deriveDeviceKey } from '../../sas/key.ts'
import { realRandom as random } from '../../system.ts'
import { findKeyedGroup, judgeToken, makeDerivedKeys, spellingsOf } from './symmetric-key.ts'

// contract/semantics 6.4
const printed = '8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw=='
const counted = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const vectors = [
  [printed, 'sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6', 'Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc='],
  [printed, 'SN-007-888-ABC-mac-a1-b2-c3-d4-e5-f6', '8zxF2dgnBg1JmwPCfxqvhAwDIVCn9SBKDt0TVzd6+ww='],
  [counted, 'device-001', 'BG0x/0mIbqnG9RWsosby2GxBOeYgRhXI9gnRqn2lxFI='],
  [counted, 'Device-001', 'OOivoQoBqsBkrX6a6gkNQ5ajlmrJl0OPpU7vAwifN8Y='],
  [counted, 'a:b.c_d-e', 'pYcTSsWAJrbJJXrhFG5q90cbPJ4kxcfbTAqM0o6CPyk='],
] as const

for (const [groupKey, id, deviceKey] of vectors) {
  test(`the device key of ${id} is derived as the contract has it`, () => {
    expect(deriveDeviceKey(groupKey, id)).toBe(deviceKey)
  })
}

const id = parseRegistrationId('sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6')
const spellings = [
  ['encoded', '0ne00000A0A%2Fregistrations%2F', 'G7MjtBiGDoPFvcraAETYRy8NoPgYc7P10zGeiy/1j4s='],
  ['not encoded', '0ne00000A0A/registrations/', 'qpIsrloi8Jvjr6VNlLd1Nyl5psB5KmjNgq/DdK0dP4Y='],
  ['encoded in lower-case hex', '0ne00000A0A%2fregistrations%2f', 'Ftn5QKUtT2hR5dOiEsitm1UvvDZqKKXLu/dyVyNhXoA='],
] as const

for (const [how, prefix, signature] of spellings) {
  test(`a token of the first device key fits with sr ${how}, fields in any order`, () => {
    const text = `SharedAccessSignature se=1893456000&skn=&sig=${encodeURIComponent(signature)}&sr=${prefix}${id}`
    const judgement = judgeToken(text, { idScope: '0ne00000A0A', id, at: 1893456000_000 })
    if ('fault' in judgement) throw new Error(judgement.fault.reason)
    const found = findKeyedGroup([groupOf(printed)], [id], judgement.token, makeDerivedKeys())
    expect(found?.authentication.primaryKey).toBe(vectors[0][2])
  })
}

test('only the spelling as presented counts where letter case does', () => {
  const upper = parseRegistrationId('DEV-1')
  expect(spellingsOf(upper, parseRegistrationId('Dev-1'), true)).toEqual(['DEV-1', 'Dev-1', 'dev-1'])
  expect(spellingsOf(upper, parseRegistrationId('Dev-1'), false)).toEqual(['DEV-1'])
})

test('a changed group is derived from anew', () => {
  const derived = makeDerivedKeys()
  const before = groupOf(printed)
  expect(derived.of(before, 'x')).toEqual(derived.of({ ...before, attestation: groupOf(counted).attestation }, 'x'))
  expect(derived.of(groupOf(counted), 'x')?.primaryKey).toBe(deriveDeviceKey(counted, 'x'))
})

test('with letter case folded off, a key derived from another spelling is refused', async () => {
  await using world = await makeWorld({ options: { foldIdCase: false } })
  await world.group('grp', groupOf(counted).attestation)
  const asked = world.register('Device-001', {
    sasToken: world.token('Device-001', deriveDeviceKey(counted, 'device-001')),
  })
  await expect(asked).rejects.toMatchObject({ reason: 'unknown_enrollment' })
})

function groupOf(key: string) {
  const groupId = parseGroupId('grp')
  return {
    kind: 'group',
    groupId,
    key: groupKeyOf(groupId),
    attestation: { type: 'symmetricKey', primaryKey: key, secondaryKey: Buffer.alloc(32).toString('base64') },
    provisioningStatus: 'enabled',
    createdAt: 0,
    updatedAt: 0,
    etag: makeEtag(random),
  } as const
}
