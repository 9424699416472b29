import { expect, test } from 'vitest'
import { ProvisioningError, type Reason } from '../fault.ts'
import type { DeviceRequest } from '../registration/request.ts'
import { judgeWhole } from './whole-chain.ts'

const [leaf, intermediate] = [Uint8Array.of(1), Uint8Array.of(2)]
const request = { evidence: { certificates: [leaf] } } as unknown as DeviceRequest

/** Lets in who shows `enough` certificates. */
const engine = (enough: number, reason: Reason) => {
  const asked: number[] = []
  const ask = async ({ evidence: { certificates } }: DeviceRequest) => {
    asked.push(certificates.length)
    if (certificates.length < enough) throw new ProvisioningError(reason)
    return 'in'
  }
  return { asked, ask }
}

test('who is let in is asked once, and the whole chain is not read', async () => {
  const { asked, ask } = engine(1, 'expired')
  expect(await judgeWhole(request, () => expect.unreachable(), ask)).toBe('in')
  expect(asked).toEqual([1])
})

test('a chain that was too short is judged again when more was sent', async () => {
  const { asked, ask } = engine(2, 'chain_incomplete')
  expect(await judgeWhole(request, () => [leaf, intermediate], ask)).toBe('in')
  expect(asked).toEqual([1, 2])
})

test('the first refusal stands when nothing more was sent, or nothing more can help', async () => {
  const short = engine(2, 'chain_incomplete')
  await expect(judgeWhole(request, () => [leaf], short.ask)).rejects.toMatchObject({ reason: 'chain_incomplete' })
  const other = engine(2, 'expired')
  await expect(judgeWhole(request, () => expect.unreachable(), other.ask)).rejects.toMatchObject({ reason: 'expired' })
  expect([short.asked, other.asked]).toEqual([[1], [1]])
})
