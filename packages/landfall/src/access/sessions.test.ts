import { expect, test } from 'vitest'
import { newEmbeddedHub } from '../hub/hubs.ts'
import { hubNameOf, makeEtag } from '../ids.ts'
import { generateKey } from '../sas/key.ts'
import { serviceRights } from '../sas/policy.ts'
import type { Settings } from '../store/settings.ts'
import { realRandom as random } from '../system.ts'
import { type Credential, keyPrintOf } from './credential.ts'
import { Sessions } from './sessions.ts'

const start = Date.parse('2030-01-01T00:00:00Z')
const minutes = (count: number) => count * 60_000

const primaryKey = generateKey(random, 32)
const settings: Settings = {
  idScope: '0ne00000A0A',
  serviceName: 'test',
  policies: [{ name: 'owner', primaryKey, secondaryKey: generateKey(random, 32), rights: serviceRights }],
  hubs: [newEmbeddedHub({ name: hubNameOf('dps.example'), random })],
  allocationPolicy: 'hashed',
  createdAt: start,
  etag: makeEtag(random),
}
const owner: Credential = {
  actor: { kind: 'policy', name: 'owner' },
  origin: { kind: 'policy', policy: 'owner', keyPrint: keyPrintOf(primaryKey) },
}
const named = (name: string): Credential => ({ ...owner, actor: { kind: 'token', name } })

const stands = (sessions: Sessions, id: string, at = start, now = settings): boolean => {
  try {
    sessions.use(id, now, at)
    return true
  } catch {
    return false
  }
}

test('fifteen minutes without use end a session; use prolongs it, for eight hours at most', () => {
  const sessions = new Sessions(random)
  const { id } = sessions.open(owner, start)
  for (let at = start; at < start + minutes(480); at += minutes(14)) expect(stands(sessions, id, at)).toBe(true)
  expect(stands(sessions, id, start + minutes(480))).toBe(false)
  const idle = sessions.open(owner, start)
  expect(stands(sessions, idle.id, start + minutes(15))).toBe(false)
})

test('a session does not outlive the token that it came from', () => {
  const sessions = new Sessions(random)
  const { id, session } = sessions.open({ ...owner, until: start + minutes(5) }, start)
  expect(session.until).toBe(start + minutes(5))
  expect(stands(sessions, id, start + minutes(5) - 1)).toBe(true)
  expect(stands(sessions, id, start + minutes(5))).toBe(false)
})

test('it ends for good with the key that it came from, though the key came back', () => {
  const sessions = new Sessions(random)
  const { id } = sessions.open(owner, start)
  const rotated = {
    ...settings,
    policies: settings.policies.map((one) => ({ ...one, primaryKey: generateKey(random, 32) })),
  }
  expect(stands(sessions, id, start, rotated)).toBe(false)
  expect(stands(sessions, id)).toBe(false)
})

test('what stays open asks whether a session holds, which does not prolong it', () => {
  const sessions = new Sessions(random)
  const { id } = sessions.open(owner, start)
  const reads = (minute: number) => sessions.look(id, settings, start + minutes(minute))?.('ManagementRead')
  expect([reads(7), reads(14), reads(15)]).toEqual([true, true, undefined])
  expect(sessions.look('unknown', settings, start)).toBeUndefined()
  expect(sessions.look(id, { ...settings, policies: [] }, start)).toBeUndefined()
})

test('it may do what its policy may now, not what it could when it began', () => {
  const sessions = new Sessions(random)
  const { id } = sessions.open(owner, start)
  const less = {
    ...settings,
    policies: settings.policies.map((one) => ({ ...one, rights: ['EnrollmentRead'] as const })),
  }
  expect(sessions.use(id, settings, start).may('ManagementWrite')).toBe(true)
  expect(sessions.use(id, less, start).may('ManagementWrite')).toBe(false)
})

test('ids and csrf are 32 random bytes, new each time', () => {
  const sessions = new Sessions(random)
  const made = Array.from({ length: 10 }, () => sessions.open(owner, start))
  const secrets = made.flatMap(({ id, session }) => [id, session.csrf])
  expect(new Set(secrets).size).toBe(20)
  expect(secrets.every((one) => Buffer.from(one, 'base64url').length === 32)).toBe(true)
})

test('one credential has twenty sessions, of which the longest unused goes; others keep theirs', () => {
  const sessions = new Sessions(random)
  const other = sessions.open(named('other'), start)
  const own = Array.from({ length: 20 }, (_, index) => sessions.open(owner, start + index))
  expect(stands(sessions, own[0]?.id ?? '', start + 30)).toBe(true)
  sessions.open(owner, start + 31)
  expect(own.map(({ id }) => stands(sessions, id, start + 40))).toEqual([true, false, ...Array(18).fill(true)])
  expect(stands(sessions, other.id, start + 40)).toBe(true)
})

test('of all together there are a thousand', () => {
  const sessions = new Sessions(random)
  const all = Array.from({ length: 1001 }, (_, index) => sessions.open(named(`token ${index}`), start + index).id)
  const left = all.filter((id) => stands(sessions, id, start + 2000))
  expect(left).toHaveLength(1000)
  expect(left).not.toContain(all[0])
})
