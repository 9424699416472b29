import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigError, type ConfigSources, loadConfig } from './config.ts'

const dir = mkdtempSync(join(tmpdir(), 'landfall-config-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function fileOf(text: string): string {
  const path = join(dir, 'landfall.json')
  writeFileSync(path, text)
  return path
}

const load = (sources: Partial<ConfigSources>) => loadConfig({ flags: {}, env: {}, ...sources })

test('a setting that nobody made is the default', () => {
  expect(load({})).toMatchObject({
    hostnames: ['localhost'],
    host: '127.0.0.1',
    httpsPort: 443,
    mqttPort: 8883,
    amqpPort: 5671,
    managementPort: 9400,
    logLevel: 'info',
    fidelity: 'landfall',
    pace: 'fast',
    individualIgnoreExpiry: false,
    resetOnSameHub: false,
    auditEntries: 100_000,
    auditDays: 365,
    telemetryHours: 24,
    telemetryMegabytes: 256,
    dev: false,
    clock: undefined,
  })
})

test('a flag wins over the environment, the environment over the file', () => {
  const file = fileOf('{"httpsPort": 1, "mqttPort": 1, "managementPort": 1}')
  const env = { LANDFALL_HTTPS_PORT: '2', LANDFALL_MQTT_PORT: '2' }
  const ports = load({ flags: { 'https-port': '3' }, env, file })
  expect(ports).toMatchObject({ httpsPort: 3, mqttPort: 2, managementPort: 1 })
})

test('an environment variable without text is none, and LANDFALL_CONFIG names the file', () => {
  const env = { LANDFALL_PACE: '', LANDFALL_CONFIG: fileOf('{"pace": "cloud", "dev": true}') }
  expect(load({ env })).toMatchObject({ pace: 'cloud', dev: true })
})

test('host names are folded to lower case, the first of them first', () => {
  expect(load({ flags: { hostname: 'DPS.Example, localhost' } }).hostnames).toEqual(['dps.example', 'localhost'])
})

test('an issuer is trusted as its flags, its variables or its keys say', () => {
  expect(load({}).oidc).toBeUndefined()
  expect(load({ flags: { 'oidc-issuer': 'https://login.example/t' } }).oidc).toEqual({
    issuer: 'https://login.example/t',
    audiences: ['landfall'],
    rolesClaim: 'roles',
    roles: { reader: ['reader'], contributor: ['contributor'], 'data-owner': ['data-owner'] },
  })
  const env = {
    LANDFALL_OIDC_ISSUER: 'http://localhost:3000',
    LANDFALL_OIDC_ROLE: 'reader=staff, reader=/guests, contributor=a=b',
  }
  const file = fileOf('{"oidcAudience": "urn:one,urn:two", "oidcRolesClaim": "realm_access.roles"}')
  expect(load({ env, file }).oidc).toEqual({
    issuer: 'http://localhost:3000',
    audiences: ['urn:one', 'urn:two'],
    rolesClaim: 'realm_access.roles',
    roles: { reader: ['staff', '/guests'], contributor: ['a=b'], 'data-owner': [] },
  })
})

test('the clock starts at an instant', () => {
  expect(load({ flags: { clock: '2027-01-01T00:00:00Z' } }).clock).toBe(Date.UTC(2027, 0, 1))
})

test.each<[what: string, sources: Partial<ConfigSources>, sentence: RegExp]>([
  ['a port that is none', { flags: { 'https-port': '70000' } }, /--https-port: "70000" is no port; use 0 to 65535/],
  ['a word that is no choice', { flags: { fidelity: 'azure' } }, /"azure" is none of landfall, cloud/],
  [
    'a level that is none',
    { flags: { 'log-level': 'loud' } },
    /none of fatal, error, warn, info, debug, trace, silent/,
  ],
  ['a host name that is none', { flags: { hostname: 'a b' } }, /--hostname: "a b" is no host name/],
  ['no host name at all', { flags: { hostname: ' , ' } }, /give at least one name/],
  ['a time that is none', { flags: { clock: 'tomorrow' } }, /"tomorrow" is no ISO 8601 time/],
  [
    'an issuer over plain http',
    { flags: { 'oidc-issuer': 'http://login.example' } },
    /no https URL. Plain http is for/,
  ],
  ['an issuer that is no URL', { flags: { 'oidc-issuer': 'login.example' } }, /"login.example" is no https URL/],
  [
    'a role that is none',
    { flags: { 'oidc-issuer': 'https://a.example', 'oidc-role': 'owner=x' } },
    /"owner=x" is no ROLE=VALUE, with one of the roles reader, contributor, data-owner/,
  ],
  [
    'a role without a value',
    { flags: { 'oidc-issuer': 'https://a.example', 'oidc-role': 'reader=' } },
    /"reader=" is no ROLE=VALUE/,
  ],
  ['published keys on an open port', { flags: { dev: true, host: '0.0.0.0' } }, /loopback only, not on 0\.0\.0\.0/],
  ['a file that is not there', { file: join(dir, 'none.json') }, /none\.json is not there/],
])('%s is told in a sentence', (_what, sources, sentence) => {
  expect(() => load(sources)).toThrow(ConfigError)
  expect(() => load(sources)).toThrow(sentence)
})

test.each([
  ['a key that nothing is called', '{"port": 1}', /an unknown key "port"\. Known: data, hostname/],
  ['a list', '[]', /is no JSON object/],
  ['no JSON', '{', /cannot be read as JSON/],
])('a file with %s is told in a sentence', (_what, text, sentence) => {
  expect(() => load({ file: fileOf(text) })).toThrow(sentence)
})

test.each([
  ['audit-entries', '0'],
  ['audit-entries', 'many'],
  ['audit-days', '1.5'],
  ['audit-days', '999999999'],
])('--%s %s is refused in a sentence', (flag, value) => {
  expect(() => load({ flags: { [flag]: value } })).toThrow(new RegExp(`--${flag}: "${value}" is no number from 1 to`))
})

test('the hosts of webhooks are names as URLs have them, without ports', () => {
  const hostsOf = (text: string) => loadConfig({ flags: { 'webhook-hosts': text }, env: {} }).webhookHosts
  expect(hostsOf('localhost, Plant.example,[::1],10.0.0.7')).toEqual([
    'localhost',
    'plant.example',
    '[::1]',
    '10.0.0.7',
  ])
  expect(loadConfig({ flags: {}, env: {} }).webhookHosts).toBeUndefined()
  for (const wrong of ['a:443', 'https://a', 'a/b', '0x7f.1']) expect(() => hostsOf(wrong)).toThrow(/no host name/)
})
