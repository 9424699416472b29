import { expect, test } from 'vitest'
import { SignInLimits } from './sign-in-limits.ts'

const minute = 60_000

function world() {
  const limits = new SignInLimits()
  const at = { now: 0 }
  const attempt = async (address: string, result: 'good' | 'bad'): Promise<string> =>
    limits
      .attempt(address, at.now, async () => {
        if (result === 'bad') throw new Error('refused')
        return 'in'
      })
      .catch((error: { facts?: { retryAfterSeconds?: number }; message: string }) =>
        error.facts ? `wait ${error.facts.retryAfterSeconds}` : error.message,
      )
  const fail = async (address: string, times: number) => {
    for (let left = times; left > 0; left--) await attempt(address, 'bad')
  }
  return { limits, at, attempt, fail }
}

test('ten failures of an address within a minute, then it waits, each time twice as long', async () => {
  const { at, attempt, fail } = world()
  await fail('1.1.1.1', 10)
  expect(await attempt('1.1.1.1', 'good')).toBe('wait 30')
  at.now += minute
  await fail('1.1.1.1', 10)
  expect(await attempt('1.1.1.1', 'good')).toBe('wait 60')
  at.now += 2 * minute
  expect(await attempt('1.1.1.1', 'good')).toBe('in')
})

test('waiting does not grow beyond a quarter of an hour, and is forgiven after an hour without', async () => {
  const { at, attempt, fail } = world()
  for (let round = 0; round < 8; round++) {
    await fail('1.1.1.1', 10)
    await attempt('1.1.1.1', 'bad')
    at.now += 16 * minute
  }
  await fail('1.1.1.1', 10)
  expect(await attempt('1.1.1.1', 'bad')).toBe('wait 900')
  at.now += 80 * minute
  await fail('1.1.1.1', 10)
  expect(await attempt('1.1.1.1', 'bad')).toBe('wait 30')
})

test('a success forgives nothing, and counts for nothing', async () => {
  const { attempt, fail } = world()
  for (let times = 0; times < 50; times++) expect(await attempt('1.1.1.1', 'good')).toBe('in')
  await fail('1.1.1.1', 9)
  expect(await attempt('1.1.1.1', 'good')).toBe('in')
  await fail('1.1.1.1', 1)
  expect(await attempt('1.1.1.1', 'good')).toMatch(/^wait/)
})

test('another address is heard meanwhile; one of the same IPv6 network is not', async () => {
  const { attempt, fail } = world()
  await fail('1.1.1.1', 11)
  await fail('2001:db8:1:2::1', 11)
  expect(await attempt('1.1.1.2', 'good')).toBe('in')
  expect(await attempt('2001:db8:1:2:ffff::9', 'good')).toMatch(/^wait/)
  expect(await attempt('2001:db8:1:3::1', 'good')).toBe('in')
  // however the same network is written
  await fail('2001:db8::1:2:3:4', 11)
  for (const same of ['2001:db8::1', '2001:db8:0:0:1::', '2001:db8::5%eth0'])
    expect(await attempt(same, 'good')).toMatch(/^wait/)
  expect(await attempt('2001:db8:0:1::1', 'good')).toBe('in')
})

test('a thousand tries at once are no more than ten', async () => {
  const { limits } = world()
  let judged = 0
  const slow = async () => {
    judged++
    await Promise.resolve()
    throw new Error('refused')
  }
  await Promise.allSettled(Array.from({ length: 1000 }, () => limits.attempt('1.1.1.1', 0, slow)))
  expect(judged).toBe(10)
})

test('a crowd of addresses gets one try each, and locks nobody out who did not fail', async () => {
  const { attempt, fail } = world()
  for (let index = 0; index < 150; index++) await fail(`10.0.0.${index}`, 2)
  expect(await attempt('10.0.0.7', 'good')).toMatch(/^wait/)
  expect(await attempt('192.0.2.1', 'good')).toBe('in')
})
