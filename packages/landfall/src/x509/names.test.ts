import { expect, test } from 'vitest'
import { nameOf } from '../../test/forge.ts'
import { DerReader } from './der.ts'
import { bmpString, element, octetString, oid, printableString, sequence, utf8String } from './der-write.ts'
import { readName, sameName } from './names.ts'

const read = (der: Uint8Array) => readName(new DerReader(der), 'the name')
const cn = (value: Uint8Array) => read(nameOf(['2.5.4.3', value]))

test('writes a name as .NET does: most specific first, unknown types by number', () => {
  const name = read(
    nameOf(
      ['2.5.4.6', printableString('DE')],
      ['2.5.4.8', utf8String('Bayern')],
      ['2.5.4.10', utf8String('Plant 7, "East"')],
      ['0.9.2342.19200300.100.1.1', utf8String('uid7')],
      ['2.5.4.3', utf8String('pump-12')],
    ),
  )
  expect(name.text).toBe('CN=pump-12, OID.0.9.2342.19200300.100.1.1=uid7, O="Plant 7, ""East""", S=Bayern, C=DE')
})

test('the last common name counts', () => {
  const name = read(nameOf(['2.5.4.3', utf8String('plant')], ['2.5.4.3', utf8String('pump-12')]))
  expect(name.commonName).toBe('pump-12')
  expect(read(nameOf(['2.5.4.10', utf8String('Plant')])).commonName).toBeUndefined()
})

test.each([
  ['letter case', utf8String('Plant Root'), utf8String('PLANT ROOT')],
  ['runs of spaces', utf8String(' Plant   Root '), utf8String('Plant Root')],
  ['the kind of string', printableString('Plant Root'), utf8String('Plant Root')],
  ['sixteen-bit characters', bmpString('Plänt'), utf8String('plänt')],
  ['composed and decomposed letters', utf8String('Pla\u0308nt'), utf8String('Pl\u00e4nt')],
])('names are equal whatever %s', (_, a, b) => {
  expect(sameName(cn(a), cn(b))).toBe(true)
  expect(cn(a).hash).toBe(cn(b).hash)
})

test.each([
  ['text', cn(utf8String('Plant')), cn(utf8String('Plant 2'))],
  ['type', cn(utf8String('Plant')), read(nameOf(['2.5.4.10', utf8String('Plant')]))],
  [
    'order',
    read(nameOf(['2.5.4.10', utf8String('a')], ['2.5.4.3', utf8String('b')])),
    read(nameOf(['2.5.4.3', utf8String('b')], ['2.5.4.10', utf8String('a')])),
  ],
  ['what is no text', cn(octetString(Buffer.from('a'))), cn(octetString(Buffer.from('A')))],
])('names differ by %s', (_, a, b) => {
  expect(sameName(a, b)).toBe(false)
})

test('the order inside a part of several values does not count', () => {
  const pair = (type: string, text: string) => sequence(oid(type), utf8String(text))
  const several = (...pairs: readonly Uint8Array[]) => read(sequence(element(0x31, ...pairs)))
  const [a, b] = [pair('2.5.4.3', 'pump'), pair('2.5.4.5', '12')]
  expect(several(a, b).hash).toBe(several(b, a).hash)
  expect(several(a, b).text).toBe('CN=pump + SERIALNUMBER=12')
})

test.each([
  ['text that is not UTF-8', nameOf(['2.5.4.3', element(0x0c, Uint8Array.of(0xff))])],
  ['half a character', nameOf(['2.5.4.3', element(0x1e, Uint8Array.of(0))])],
  ['an empty part', sequence(element(0x31))],
  ['a type without value', sequence(element(0x31, sequence(oid('2.5.4.3'))))],
  ['a thousand parts', nameOf(...Array.from({ length: 1000 }, () => ['2.5.4.3', utf8String('x')] as const))],
])('refuses a name with %s', (_, der) => {
  expect(() => read(der)).toThrow('cannot be read')
})
