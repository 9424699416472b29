import { hash, sign } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { caTrue, days, ecKeys, extension, forge, keyUsage, noon } from '../../test/forge.ts'
import { bitString, sequence } from '../x509/der-write.ts'
import { checkBatch } from './check-batch.ts'

const root = forge({ subject: 'Plant Root', extensions: [caTrue(), keyUsage(5)] })
const line = forge({ subject: 'Line 3', by: root, extensions: [caTrue()] })
const pump = forge({ subject: 'pump-12', by: line, extensions: [keyUsage(0)] })
const expired = forge({
  subject: 'Line 3',
  by: root,
  keys: line.keys,
  notAfter: noon - days(1),
  extensions: [caTrue()],
})

const base64 = (...chain: readonly { certificate: { der: Uint8Array } }[]) =>
  chain.map(({ certificate }) => Buffer.from(certificate.der).toString('base64'))
const sha256 = (der: Uint8Array) => hash('sha256', der, 'hex')

const good = { anchors: base64(root), chain: base64(pump, line), at: '2030-06-01T12:00:00Z' }
const clock = { now: () => noon }

type Answer = Readonly<Record<string, unknown>>

/** Strings are lines as they are; objects are questions. */
async function ask(...lines: readonly (string | Uint8Array | object)[]): Promise<readonly Answer[]> {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const answers = text(output)
  const done = checkBatch(input, output, clock)
  for (const each of lines) {
    input.write(typeof each === 'string' || each instanceof Uint8Array ? each : JSON.stringify(each))
    input.write('\n')
  }
  input.end()
  await done
  output.end()
  return (await answers)
    .split('\n')
    .filter(Boolean)
    .map((answer) => JSON.parse(answer) as Answer)
}

const askOne = async (question: string | Uint8Array | object) => (await ask(question))[0]

test('gives back the id and the verdict, and nothing else, for a good chain', async () => {
  expect(await ask({ id: 'a', ...good })).toEqual([{ id: 'a', accepted: true }])
})

test('a refusal has a reason, the certificate to blame and a sentence', async () => {
  const answer = await askOne({ ...good, chain: base64(pump, expired) })
  expect(answer).toMatchObject({ accepted: false, reason: 'expired', certificate: sha256(expired.certificate.der) })
  expect(answer?.message).toContain('"CN=Line 3" (2nd in the chain) expired')
})

test('answers each question as soon as it is known, in order', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const done = checkBatch(input, output, clock)
  const read = output.setEncoding('utf8')[Symbol.asyncIterator]()
  for (const id of ['first', 'second', 'third']) {
    input.write(`${JSON.stringify({ id, ...good })}\n`)
    expect(JSON.parse(String((await read.next()).value))).toMatchObject({ id })
  }
  input.end()
  await done
})

test('passes over blank lines, and takes a last line without its end', async () => {
  const answers = await ask('', '   ', '\r', { id: 'a', ...good })
  expect(answers).toEqual([{ id: 'a', accepted: true }])
})

test.each([
  ['no JSON', 'hello'],
  ['unfinished JSON', '{"id":"x"'],
  ['an array', '[]'],
  ['a number', '7'],
  ['null', 'null'],
  ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)],
  ['two hundred thousand brackets', '['.repeat(200_000)],
  ['a line of five megabytes', 'x'.repeat(5 * 1024 * 1024)],
  ['an id that is a number', { ...good, id: 7 }],
  ['anchors that are a string', { ...good, anchors: 'x' }],
  ['a chain of numbers', { ...good, chain: [7] }],
  ['a chain that is not base64', { ...good, chain: ['?!'] }],
  ['a time without offset', { ...good, at: '2030-06-01T12:00:00' }],
  ['a time that is none', { ...good, at: '2030-13-01T12:00:00Z' }],
  ['a 30th of February', { ...good, at: '2030-02-30T12:00:00Z' }],
  ['a million anchors', { ...good, anchors: Array(1_000_000).fill('') }],
  ['a million certificates in the chain', { ...good, chain: [...good.chain, ...Array(1_000_000).fill('')] }],
  ['an unknown purpose', { ...good, purpose: 'codeSigning' }],
  ['a negative skew', { ...good, skewSeconds: -1 }],
  ['a registration id that is null', { ...good, registrationId: null }],
])('%s is an error, and the next good question is answered', async (_, line) => {
  const [first, second, ...others] = await ask(line, { id: 'next', ...good })
  expect(first?.error).toMatch(/^[A-Z"].*\.$/)
  expect(first).not.toHaveProperty('accepted')
  expect(second).toEqual({ id: 'next', accepted: true })
  expect(others).toEqual([])
})

test('an error gives back the id where there is one', async () => {
  expect(await askOne({ id: 'mine', ...good, at: 5 })).toMatchObject({ id: 'mine', error: expect.any(String) })
})

const der = pump.certificate.der
const nested = Buffer.from(`${'3082'.repeat(2000)}`, 'hex')

test.each([
  ['empty', new Uint8Array(0)],
  ['truncated', der.subarray(0, 100)],
  ['with bytes after it', Uint8Array.from([...der, 0])],
  ['of indefinite length', Uint8Array.of(0x30, 0x80, 0, 0)],
  ['two thousand levels deep', nested],
  ['with a length of 2 GiB', Uint8Array.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff)],
])('a device certificate that is %s is malformed', async (_, bytes) => {
  const answer = await askOne({ ...good, chain: [Buffer.from(bytes).toString('base64'), ...base64(line)] })
  expect(answer).toMatchObject({ accepted: false, reason: 'malformed', certificate: sha256(bytes) })
})

test('a certificate that cannot be read matters only where no path does without it', async () => {
  const broken = Buffer.from(nested).toString('base64')
  expect(await askOne({ ...good, chain: [...good.chain, broken] })).toEqual({ accepted: true })
  expect(await askOne({ ...good, anchors: [broken, ...good.anchors] })).toEqual({ accepted: true })
  const without = await askOne({ ...good, chain: [...base64(pump), broken] })
  expect(without).toMatchObject({ accepted: false, reason: 'malformed', certificate: sha256(nested) })
})

test.each([
  ['no chain', { ...good, chain: [] }, 'chain_missing'],
  ['a chain left out', { anchors: good.anchors }, 'chain_missing'],
  ['no intermediate', { ...good, chain: base64(pump) }, 'chain_incomplete'],
  ['no anchor', { ...good, anchors: [], chain: base64(pump, line, root) }, 'anchor_unknown'],
  ['the wrong purpose at the right time', { ...good, purpose: 'serverAuth' }, undefined],
  ['a time long past', { ...good, at: '2001-01-01T00:00:00+01:00' }, 'not_yet_valid'],
  [
    'a chain of 64 KiB and more',
    { ...good, chain: [...good.chain, Buffer.alloc(64 * 1024).toString('base64')] },
    'chain_too_large',
  ],
  ['the right registration id', { ...good, registrationId: 'PUMP-12' }, undefined],
  ['another registration id', { ...good, registrationId: 'pump-13' }, 'id_mismatch'],
  ['a registration id that is illegal', { ...good, registrationId: 'pump 12' }, 'bad_id'],
] as const)('%s', async (_, question, reason) => {
  const answer = await askOne(question)
  expect(answer?.reason).toBe(reason)
  expect(answer?.accepted).toBe(reason === undefined)
})

test('a device certificate without a common name names nobody', async () => {
  const nameless = forge({
    subject: Buffer.from('3000', 'hex'),
    by: line,
    extensions: [extension('1.2.3', Buffer.from('0500', 'hex'))],
  })
  const answer = await askOne({ ...good, chain: base64(nameless, line), registrationId: 'pump-12' })
  expect(answer).toMatchObject({ reason: 'no_common_name', certificate: sha256(nameless.certificate.der) })
})

test.each([
  ['has more than 64 characters', 'p'.repeat(65), 'p'.repeat(65), 'malformed'],
  ['has a Kelvin sign for a k', 'pump-\u212a', 'pump-k', 'id_mismatch'],
])('a common name that %s names nobody', async (_, subject, registrationId, reason) => {
  const pump = forge({ subject, by: line })
  expect(await askOne({ ...good, chain: base64(pump, line), registrationId })).toMatchObject({ reason })
})

test('a device certificate whose key is none is malformed', async () => {
  const keys = ecKeys()
  const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
  const order = { subject: 'pump-12', by: line }
  const body = Buffer.from(forge({ ...order, keys }).certificate.signed)
  body[body.indexOf(spki) + spki.length - 1] = (spki.at(-1) ?? 0) ^ 1
  const algorithm = Buffer.from('300a06082a8648ce3d040302', 'hex')
  const der = sequence(body, algorithm, bitString(sign('sha256', body, line.keys.privateKey)))
  const answer = await askOne({ ...good, chain: [Buffer.from(der).toString('base64'), ...base64(line)] })
  expect(answer).toMatchObject({ accepted: false, reason: 'malformed', certificate: sha256(der) })
})

test('the tolerance is five minutes, or what the question says', async () => {
  const late = { ...good, at: new Date(pump.certificate.notAfter + 240_000).toISOString() }
  expect(await askOne(late)).toEqual({ accepted: true })
  expect(await askOne({ ...late, skewSeconds: 0 })).toMatchObject({ reason: 'expired' })
})

test('verdicts do not depend on the order of the questions', async () => {
  const other = { subject: 'Line 3', by: root, keys: ecKeys(), extensions: [caTrue()] }
  const questions = [
    { id: '1', ...good },
    { id: '2', ...good, chain: base64(pump, forge(other)) },
    { id: '3', ...good, chain: base64(pump, expired) },
    { id: '4', ...good, anchors: base64(line), chain: base64(pump) },
  ]
  const forwards = await ask(...questions, ...questions)
  const backwards = (await ask(...questions.toReversed())).toReversed()
  expect(forwards).toEqual([...backwards, ...backwards])
})
