import { expect, test } from 'vitest'
import type { Fault, Reason } from '../fault.ts'
import type { DeviceRequest } from './request.ts'
import { judgeWhole } from './whole-chain.ts'

const chain = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]

/** A connection that shows one certificate first, then as many as `sent`, one more each time. */
const request = (sent: number, sasToken?: string) => {
  const more = (known: number) => chain.slice(0, Math.min(known + 1, sent))
  return { evidence: { certificates: chain.slice(0, 1), more, sasToken } } as unknown as DeviceRequest
}

/** Lets in who shows `enough` certificates. */
function judging(enough: number, reason: Reason) {
  const asked: number[] = []
  const judge = async ({ evidence: { certificates } }: DeviceRequest): Promise<Fault | undefined> => {
    asked.push(certificates.length)
    return certificates.length < enough ? { reason, facts: {} } : undefined
  }
  return { asked, judge }
}

const same = (fault: Fault | undefined) => fault

test.each<[string, number, number, Reason, readonly number[]]>([
  ['who is let in is judged once, and no more is read', 3, 1, 'expired', [1]],
  ['a chain that was too short is judged again with what else was sent', 3, 3, 'chain_incomplete', [1, 2, 3]],
  ['the refusal stands when nothing more was sent', 1, 2, 'chain_incomplete', [1]],
  ['the refusal stands when nothing more can help', 3, 2, 'id_mismatch', [1]],
])('%s', async (_title, sent, enough, reason, seen) => {
  const { asked, judge } = judging(enough, reason)
  await judgeWhole(request(sent), judge, same)
  expect(asked).toEqual(seen)
})

test.each([
  ['a chain that let a device in is vouched for', 2, 1],
  ['a chain that did not is not', 4, 0],
  ['nor is what was not read', 1, 0],
])('%s', async (_title, enough, times) => {
  let vouched = 0
  const asked = request(3)
  const vouch = () => {
    vouched++
  }
  const { judge } = judging(enough, 'chain_incomplete')
  await judgeWhole({ ...asked, evidence: { ...asked.evidence, vouch } }, judge, same)
  expect(vouched).toBe(times)
})

test('a device that showed a SAS token is judged by it alone', async () => {
  const { asked, judge } = judging(3, 'unknown_enrollment')
  await judgeWhole(request(3, 'SharedAccessSignature …'), judge, same)
  expect(asked).toEqual([1])
})
