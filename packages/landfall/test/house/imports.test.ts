/** Who may import whom: ARCHITECTURE.md, "Rooms". Reads import lines and names the broken edge. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../../src')
const common = ['system', 'json', 'ids', 'fault']

/** Room → rooms it may import from; `types:` in front: with `import type` only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  system: [],
  json: [],
  ids: common,
  fault: common,
  x509: [],
  sas: [],
  tpm: [],
  enrollment: ['x509', 'sas', 'tpm'],
  registration: ['enrollment', 'x509', 'sas', 'tpm', 'types:store', 'types:hub'],
  store: ['types:enrollment', 'types:registration', 'types:hub', 'x509', 'types:sas', 'types:audit'],
  hub: ['sas', 'x509', 'protocol', 'audit', 'types:store', 'types:observe'],
  link: ['hub', 'sas', 'types:registration', 'types:store', 'types:observe'],
  protocol: ['types:observe'],
  audit: ['store', 'enrollment', 'types:hub', 'types:registration'],
  access: ['sas', 'audit', 'instance', 'protocol', 'types:store'],
  instance: ['enrollment', 'registration', 'hub', 'sas', 'store', 'types:x509'],
  simulate: ['sas'],
  'quick-start': ['enrollment', 'instance', 'simulate', 'store', 'x509', 'types:registration', 'types:observe'],
  portal: ['access', 'sas', 'protocol', 'types:observe'],
  observe: ['types:audit', 'types:store', 'types:registration', 'types:config', 'types:enrollment', 'types:hub'],
  'device-api': ['types:registration', 'protocol', 'types:observe'],
  'service-api': ['registration', 'enrollment', 'x509', 'protocol', 'access', 'store', 'types:sas', 'types:observe'],
  'operator-api': [
    'registration',
    'enrollment',
    'x509',
    'sas',
    'protocol',
    'hub',
    'types:observe',
    'store',
    'access',
    'audit',
    'instance',
    'quick-start',
    'types:simulate',
  ],
  'management-api': ['enrollment', 'x509', 'sas', 'protocol', 'store', 'access', 'instance', 'types:observe'],
}

/** Rooms that compose or stand at the very edge: they may import anything. */
const free = new Set(['server', 'start', 'cli', 'config', 'connection-file', 'dev'])

interface Edge {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const roomOf = (file: string) => relative(src, file).split('/')[0]?.replace(/\.ts$/, '') ?? ''

function edges(): readonly Edge[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('contract.ts'))
    .flatMap((name) => {
      const file = join(src, name)
      const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'/gm)
      return [...imports].map(([, type, path]) => ({
        from: file,
        to: resolve(dirname(file), path ?? ''),
        typeOnly: type !== undefined,
      }))
    })
}

function broken({ from, to, typeOnly }: Edge): boolean {
  const room = roomOf(from)
  const target = roomOf(to)
  if (room === target || free.has(room) || common.includes(target)) return false
  const may = allowed[room] ?? []
  return !(may.includes(target) || (typeOnly && may.includes(`types:${target}`)))
}

test('no room imports from a room it must not know', () => {
  const found = edges()
    .filter(broken)
    .map(({ from, to }) => `${relative(src, from)} imports ${relative(src, to)}`)
  expect(found).toEqual([])
})

test('no API room knows a store engine', () => {
  const engines = edges().filter(
    ({ from, to }) => /store\/(sqlite|postgres)\//.test(to) && roomOf(from) !== 'store' && roomOf(from) !== 'server',
  )
  expect(engines.map(({ from }) => relative(src, from))).toEqual([])
})

test('only system, config and the command line touch the clock, chance or the environment', () => {
  const ambient = /\bDate\.now\(|\bnew Date\(\)|\brandomUUID\(|\bsetTimeout\(|\bprocess\.env\b/
  const may = /^(system\.ts|config\.ts|cli\/)/
  const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('contract.ts') && !may.test(name),
    )
    .filter((name) =>
      readFileSync(join(src, name), 'utf8')
        .split('\n')
        .some((line) => ambient.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line) && !/\.setTimeout\(/.test(line)),
    )
  expect(found).toEqual([])
})
