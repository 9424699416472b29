import { expect, test } from 'vitest'
import { readCsv } from './csv.ts'

const read = (text: string) => readCsv(text).map((row) => Object.fromEntries(row))

test.each([
  [
    'plain rows',
    'registrationId,key\na,1\nb,2',
    [
      { registrationid: 'a', key: '1' },
      { registrationid: 'b', key: '2' },
    ],
  ],
  ['a byte order mark and CRLF', '\ufeffregistrationId\r\na\r\n', [{ registrationid: 'a' }]],
  [
    'quotes, and commas and quotes within',
    'registrationId,chain\n"a","x, ""y"".pem"',
    [{ registrationid: 'a', chain: 'x, "y".pem' }],
  ],
  [
    'line breaks within quotes',
    'registrationId,chain\na,"x\ny"\nb,',
    [
      { registrationid: 'a', chain: 'x\ny' },
      { registrationid: 'b', chain: '' },
    ],
  ],
  ['semicolons, as spreadsheets write here and there', 'registrationId;key\na;1', [{ registrationid: 'a', key: '1' }]],
  ['blank lines and short rows', 'registrationId,key\n\na\n\n', [{ registrationid: 'a', key: '' }]],
  ['a header alone', 'registrationId', []],
])('%s are read', (_, text, rows) => {
  expect(read(text)).toEqual(rows)
})

test.each([
  ['nothing', ''],
  ['an open quote', 'registrationId\n"a'],
  ['a quote in the middle', 'registrationId\na"b'],
])('%s is refused with a sentence', (_, text) => {
  expect(() => read(text)).toThrow(/^The CSV file .+\.|^The CSV file is empty/)
})
