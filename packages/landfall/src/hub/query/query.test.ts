import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { HubRefusal } from '../refusal.ts'
import { makeGroups } from './aggregate.ts'
import { fits, namedBy, project } from './evaluate.ts'
import { parseQuery } from './parse.ts'

const twin: JsonObject = {
  deviceId: 'd1',
  status: 'enabled',
  tags: { location: { region: 'US', floor: 3 }, 'dotted.name': 'x', list: ['a', 'b'], AND: 1 },
  properties: { desired: { on: true, $version: 4 }, reported: { x: 4, name: "it's" } },
  capabilities: { iotEdge: false },
  parentScopes: ['S'],
}

const fitting = (condition: string) => {
  const { where } = parseQuery(`SELECT * FROM devices WHERE ${condition}`)
  return where !== undefined && fits(where, twin)
}

test.each([
  "deviceId='d1'",
  "devices.deviceId = 'd1'",
  "'d1' = deviceId",
  "deviceId in ['d0', 'd1']",
  "deviceId NIN ['d0']",
  "deviceId not in ['d0']",
  "tags.location.region = 'US'",
  'tags.location.floor >= 3 AND tags.location.floor < 4',
  'properties.reported.x = 4',
  'properties.reported.x != 5',
  'properties.reported.x <> 5',
  'properties.desired.on = true',
  'properties.desired.$version > 3',
  'capabilities.iotEdge = false',
  "array_contains(parentScopes, 'S')",
  "ARRAY_CONTAINS(tags.list, 'b')",
  "STARTSWITH(deviceId, 'd')",
  "endswith(deviceId, '1')",
  'IS_DEFINED(tags.location)',
  'NOT IS_DEFINED(tags.nothing)',
  'is_defined(tags.nothing) OR is_defined(tags.location)',
  "NOT (deviceId = 'd2' OR status = 'disabled')",
  "tags.[[dotted.name]] = 'x'",
  "properties.reported.name = 'it\\'s'",
  'properties.reported.name = "it\'s"',
  "properties.reported.name = 'it\\u0027s'",
  "deviceId < 'd2'",
  "tags.nothing = 1 OR deviceId = 'd1'",
  'tags.AND = 1',
  'tags.location.floor + 1 = 4',
  '10 - 2 * 3 = 4',
  '(10 - 2) * 3 = 24',
  'tags.location.floor -1 = 2',
  'tags.location.floor % 2 = 1 AND -tags.location.floor < -2',
  'tags.location.floor IN [-3, 3]',
  "(tags.location.floor = 1 OR status = 'enabled') AND NOT (status = 'disabled')",
  "(NOT status = 'disabled')",
  "((status = 'enabled'))",
  "(tags.nothing + 1) > 1 OR status = 'enabled'",
])('a twin fits: %s', (condition) => {
  expect(fitting(condition)).toBe(true)
})

test.each([
  "deviceId='D1'",
  "deviceid='d1'",
  "deviceId in ['d0', 'd2']",
  'tags.nothing = 1',
  'tags.nothing != 1',
  'NOT tags.nothing = 1',
  "tags.nothing = 1 AND deviceId = 'd1'",
  "tags.location.floor = '3'",
  "tags.location.floor > 'a'",
  'tags.location > 1',
  'tags.nothing IN [1]',
  'tags.nothing NIN [1]',
  'properties.desired.on = false',
  "array_contains(tags.list, 'c')",
  "array_contains(deviceId, 'd')",
  'tags.constructor = 1',
  'IS_DEFINED(tags.toString)',
  'tags.location.floor / 0 > 1',
  "tags.location.region + 1 = 'US1'",
  'NOT tags.nothing + 1 = 2',
])('a twin does not fit: %s', (condition) => {
  expect(fitting(condition)).toBe(false)
})

test.each<[string, JsonObject]>([
  ['SELECT deviceId FROM devices', { deviceId: 'd1' }],
  ['select deviceId, tags.location.region from devices', { deviceId: 'd1', region: 'US' }],
  ['SELECT deviceId AS id, tags.location AS place FROM devices', { id: 'd1', place: { region: 'US', floor: 3 } }],
  ['SELECT deviceId, deviceScope FROM devices', { deviceId: 'd1' }],
  ['SELECT TOP 5 deviceId FROM devices', { deviceId: 'd1' }],
  [
    'SELECT tags.location.floor * 10 + 1 AS n, 7 % 4, -tags.location.floor AS below FROM devices',
    { n: 31, $2: 3, below: -3 },
  ],
  ['SELECT devices.deviceId, tags.[[dotted.name]] AS dotted FROM devices', { deviceId: 'd1', dotted: 'x' }],
  ['SELECT tags.top AS top, tags.nothing + 1 AS n, 1 / 0 AS never FROM devices', {}],
])('%s selects', (text, row) => {
  const { select } = parseQuery(text)
  expect(select !== 'all' && project(select, twin)).toEqual(row)
})

const rows: readonly JsonObject[] = [
  { site: 'north', n: 1, name: 'b' },
  { site: 'south', n: 10, name: 'c' },
  { site: 'north', n: 3, name: 'a' },
  { n: 5 },
  { site: 'south' },
]

test.each<[string, readonly JsonObject[]]>([
  ['SELECT COUNT() AS all FROM devices', [{ all: 5 }]],
  ['SELECT COUNT(), SUM(n) FROM devices', [{ $1: 5, $2: 19 }]],
  [
    'SELECT site AS place, COUNT() AS c, AVG(n) AS mean FROM devices GROUP BY site',
    [
      { c: 1, mean: 5 },
      { place: 'north', c: 2, mean: 2 },
      { place: 'south', c: 2, mean: 10 },
    ],
  ],
  ['SELECT MIN(name) AS first, MAX(n * 2) AS most FROM devices', [{ first: 'a', most: 20 }]],
  ['SELECT SUM(nothing) AS s, AVG(name) AS a, MIN(nothing) AS m FROM devices', [{}]],
  ['SELECT site FROM devices GROUP BY devices.site', [{}, { site: 'north' }, { site: 'south' }]],
])('%s makes rows of many', (text, expected) => {
  const groups = makeGroups(parseQuery(text))
  for (const row of rows) groups.add(row)
  expect(groups.rows()).toEqual(expected)
})

test('too many groups are refused', () => {
  const groups = makeGroups(parseQuery('SELECT COUNT() FROM devices GROUP BY n'))
  const fill = () => {
    for (let n = 0; n <= 10_000; n++) groups.add({ n })
  }
  expect(fill).toThrow(/more than 10000 groups/)
})

test.each<[string, number, string]>([
  ['', 0, 'SELECT'],
  ['SELEC * FROM devices', 0, 'SELECT'],
  ['SELECT FROM devices', 12, 'FROM'],
  ['SELECT * devices', 9, 'FROM'],
  ['SELECT * FROM things', 14, 'DEVICES'],
  ['SELECT * FROM devices.events', 22, 'MODULES or JOBS'],
  ['SELECT deviceId, COUNT() FROM devices GROUP BY status', 7, 'neither an aggregate'],
  ['SELECT COUNT(), deviceId FROM devices', 16, 'neither an aggregate'],
  ['SELECT TOP 0 * FROM devices', 11, 'a whole number'],
  ['SELECT TOP 1.5 * FROM devices', 11, 'a whole number'],
  ['SELECT COUNT(deviceId) FROM devices', 13, '")"'],
  ['SELECT * FROM devices WHERE tags.a + 1', 38, 'a comparison'],
  ['SELECT * FROM devices WHERE (tags.a) AND status = 1', 37, 'a comparison'],
  ['SELECT * FROM devices WHERE a = 1 GROUP status', 40, 'BY'],
  ['SELECT * FROM devices WHERE', 27, 'a property or a constant'],
  ['SELECT * FROM devices WHERE deviceId', 36, 'a comparison'],
  ['SELECT * FROM devices WHERE deviceId = ', 38, 'a property or a constant'],
  ["SELECT * FROM devices WHERE deviceId LIKE 'd%'", 37, 'a comparison'],
  ["SELECT * FROM devices WHERE (deviceId = 'd'", 43, '")"'],
  ['SELECT * FROM devices ORDER BY deviceId', 22, 'the end of the query'],
  ['SELECT * FROM devices WHERE deviceId in [tags.a]', 41, 'a constant'],
  ['SELECT * FROM devices WHERE MONTH(lastActivityTime) = 1', 28, 'IS_DEFINED'],
  ['SELECT * FROM devices; DROP TABLE devices', 21, '";'],
  ["SELECT * FROM devices WHERE deviceId = 'unfinished", 39, "'unfinished"],
  [`SELECT * FROM devices WHERE ${'('.repeat(60)}a = 1`, 77, '50 levels'],
])('refuses %j at position %i', (text, position, said) => {
  const refusal = (() => {
    try {
      return parseQuery(text)
    } catch (error) {
      return (error as Error).message
    }
  })()
  expect(refusal).toContain(`at position ${position}`)
  expect(refusal).toContain(said)
})

test('refuses a query longer than 16 KiB without reading it', () => {
  expect(() => parseQuery(`SELECT * FROM devices WHERE a = '${'x'.repeat(20_000)}'`)).toThrow(/longer than 16384/)
})

test.each<[string, readonly string[] | undefined]>([
  ["deviceId = 'a'", ['a']],
  ["'a' = deviceId", ['a']],
  ["deviceId IN ['b', 'a', 1]", ['b', 'a']],
  ["tags.a = 1 AND deviceId = 'a'", ['a']],
  ["deviceId = 'a' OR tags.a = 1", undefined],
  ["NOT deviceId = 'a'", undefined],
  ["deviceId > 'a'", undefined],
  ["tags.deviceId = 'a'", undefined],
])('goes straight to the devices that %s names', (condition, ids) => {
  expect(namedBy('deviceId', parseQuery(`SELECT * FROM devices WHERE ${condition}`).where)).toEqual(ids)
})

test('whatever is asked is answered or refused in a sentence', () => {
  const words =
    "SELECT * , FROM devices WHERE ( ) AND OR NOT IN NIN [ ] = <> deviceId tags.a . 'x' \" 1 -2.5 [[ ]] COUNT \\"
  const query = fc.array(fc.oneof(fc.constantFrom(...words.split(' ')), fc.string({ unit: 'binary' })))
  fc.assert(
    fc.property(query, fc.boolean(), (parts, begun) => {
      const text = `${begun ? 'SELECT * FROM devices WHERE ' : ''}${parts.join(' ')}`
      try {
        const { where } = parseQuery(text)
        if (where) fits(where, twin)
      } catch (error) {
        expect(error).toBeInstanceOf(HubRefusal)
      }
    }),
    { numRuns: 2000 },
  )
})
