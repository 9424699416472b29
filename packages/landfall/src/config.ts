/** Settings, each named once: a flag, an environment variable and a key of the config file; flag wins over environment over file. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { IssuerSettings } from './access/issuer.ts'
import { isRole, roleNames } from './access/roles.ts'
import { isSafeUrl } from './access/safe-url.ts'
import type { Role } from './store/settings.ts'

export interface Config {
  /** Absolute. */
  readonly dataDir: string
  /** Names the service is reached by; the first is the default embedded hub's. */
  readonly hostnames: readonly [string, ...string[]]
  /** The address to listen on. */
  readonly host: string
  /** 0 picks a free port. */
  readonly httpsPort: number
  readonly mqttPort: number
  readonly amqpPort: number
  readonly managementPort: number
  readonly logLevel: LogLevel
  /** `cloud` turns the marked rows of docs/divergences.md to the cloud's way. */
  readonly fidelity: 'landfall' | 'cloud'
  readonly pace: 'fast' | 'cloud'
  /** The certificate of an individual enrollment is trusted by its thumbprint, whatever its dates (contract/semantics 4.8). */
  readonly individualIgnoreExpiry: boolean
  /** A reset policy resets the twin although the device stays on its hub (contract/semantics 21.3). */
  readonly resetOnSameHub: boolean
  /** As many changes the audit log keeps, and for so many days; the oldest go first. */
  readonly auditEntries: number
  readonly auditDays: number
  /** What devices send is kept for so many hours, and of all hubs together so many megabytes; the oldest goes first. */
  readonly telemetryHours: number
  readonly telemetryMegabytes: number
  /** Changes of twins are read beside what devices send. */
  readonly twinChangeEvents: boolean
  /** Custom allocation asks webhooks on these hosts only; absent: on any that is no danger (SECURITY.md). */
  readonly webhookHosts?: readonly string[]
  /** For so long a webhook may take. */
  readonly webhookSeconds: number
  /** Fixed, published credentials and a test CA; loopback only. */
  readonly dev: boolean
  /** The service's clock starts at this instant, ms. */
  readonly clock?: number
  /** Absent: bearer tokens are our own only. */
  readonly oidc?: IssuerSettings
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

interface Setting<Flag extends string> {
  readonly flag: Flag
  readonly env: string
  readonly key: string
  readonly value: string
  readonly help: string
  readonly fallback: string | undefined
}

const setting = <Flag extends string>(flag: Flag, value: string, help: string, fallback?: string): Setting<Flag> => ({
  flag,
  env: `LANDFALL_${flag.replaceAll('-', '_').toUpperCase()}`,
  key: flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  value,
  help,
  fallback,
})

/** Every setting of `landfall serve`, in the order of its help. */
export const settings = [
  setting('data', 'DIR', 'where everything is kept', './.landfall'),
  setting(
    'hostname',
    'NAME[,NAME…]',
    'names devices and programs reach the service by; the first names the default hub',
    'localhost',
  ),
  setting('host', 'ADDRESS', 'the address to listen on', '127.0.0.1'),
  setting('https-port', 'PORT', 'HTTPS and WebSocket; 0 picks a free port', '443'),
  setting('mqtt-port', 'PORT', 'MQTT over TLS; 0 picks a free port', '8883'),
  setting('amqp-port', 'PORT', 'AMQP over TLS, of the hubs; 0 picks a free port', '5671'),
  setting('management-port', 'PORT', 'health and metrics, plain HTTP on 127.0.0.1; 0 picks a free port', '9400'),
  setting('log-level', 'LEVEL', 'fatal, error, warn, info, debug, trace or silent', 'info'),
  setting('fidelity', 'landfall|cloud', 'cloud: refuse and answer as the cloud does', 'landfall'),
  setting('pace', 'fast|cloud', 'cloud: let devices poll as the cloud does', 'fast'),
  setting(
    'individual-ignore-expiry',
    '',
    'trust the certificate of an individual enrollment by its thumbprint, whatever its dates',
    'false',
  ),
  setting('reset-on-same-hub', '', 'a reset policy resets the twin of a device that stays on its hub as well', 'false'),
  setting('audit-entries', 'COUNT', 'how many changes the audit log keeps', '100000'),
  setting('audit-days', 'DAYS', 'for how long it keeps them', '365'),
  setting('telemetry-hours', 'HOURS', 'for how long the hubs keep what devices send', '24'),
  setting('telemetry-megabytes', 'MB', 'how much of it they keep, all together', '256'),
  setting(
    'twin-change-events',
    '',
    'changes of twins come to those who read what devices send, as by a route for them in the cloud',
    'false',
  ),
  setting('webhook-hosts', 'NAME[,NAME…]', 'custom allocation asks webhooks on these hosts only'),
  setting('webhook-seconds', 'SECONDS', 'how long a webhook may take to answer', '10'),
  setting('dev', '', 'fixed, published development credentials and a test CA; loopback only', 'false'),
  setting('clock', 'TIME', 'start the service’s clock at this ISO 8601 time'),
  setting('oidc-issuer', 'URL', 'trust the tokens of this OpenID Connect issuer as well; exactly as in their "iss"'),
  setting('oidc-audience', 'NAME[,NAME…]', 'what an issuer’s token must be for', 'landfall'),
  setting('oidc-roles-claim', 'CLAIM', 'where an issuer’s token names roles; a.b for a member b of a', 'roles'),
  setting(
    'oidc-role',
    'ROLE=VALUE[,…]',
    'which values there give which role: reader, contributor or data-owner',
    'reader=reader,contributor=contributor,data-owner=data-owner',
  ),
] as const

type Flag = (typeof settings)[number]['flag']

/** A setting that cannot be used; exit code 2. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

export interface ConfigSources {
  /** By flag name without dashes in front: `{ 'https-port': '8443', dev: true }`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Path of a JSON file; `--config` or LANDFALL_CONFIG. */
  readonly file?: string
}

export function loadConfig(sources: ConfigSources): Config {
  const values = valuesOf(sources)
  const text = (flag: Flag) => values.get(flag)
  const config: Config = {
    dataDir: resolve(text('data') ?? '.landfall'),
    hostnames: readHostnames(text('hostname') ?? 'localhost'),
    host: text('host') ?? '127.0.0.1',
    httpsPort: readPort('https-port', text('https-port')),
    mqttPort: readPort('mqtt-port', text('mqtt-port')),
    amqpPort: readPort('amqp-port', text('amqp-port')),
    managementPort: readPort('management-port', text('management-port')),
    logLevel: readChoice('log-level', text('log-level'), logLevels),
    fidelity: readChoice('fidelity', text('fidelity'), ['landfall', 'cloud']),
    pace: readChoice('pace', text('pace'), ['fast', 'cloud']),
    individualIgnoreExpiry: readSwitch('individual-ignore-expiry', text('individual-ignore-expiry')),
    resetOnSameHub: readSwitch('reset-on-same-hub', text('reset-on-same-hub')),
    auditEntries: readCount('audit-entries', text('audit-entries'), mostAuditEntries),
    auditDays: readCount('audit-days', text('audit-days'), mostAuditDays),
    telemetryHours: readCount('telemetry-hours', text('telemetry-hours'), mostTelemetryHours),
    telemetryMegabytes: readCount('telemetry-megabytes', text('telemetry-megabytes'), mostTelemetryMegabytes),
    twinChangeEvents: readSwitch('twin-change-events', text('twin-change-events')),
    webhookHosts: readHosts(text('webhook-hosts')),
    webhookSeconds: readCount('webhook-seconds', text('webhook-seconds'), mostWebhookSeconds),
    dev: readSwitch('dev', text('dev')),
    clock: readTime(text('clock')),
    oidc: readIssuer(text),
  }
  refuseOpenDev(config)
  return config
}

/** Flag wins over environment over file over default; an environment variable without text counts as none. */
function valuesOf({ flags, env, file }: ConfigSources): ReadonlyMap<Flag, string> {
  const fromFile = readConfigFile(file ?? env.LANDFALL_CONFIG)
  const values = new Map<Flag, string>()
  for (const { flag, env: variable, key, fallback } of settings) {
    const value = flags[flag] ?? (env[variable] || undefined) ?? fromFile[key] ?? fallback
    if (value !== undefined) values.set(flag, String(value))
  }
  return values
}

function refuseOpenDev({ dev, host }: Config): void {
  if (!dev || isLoopback(host)) return
  throw new ConfigError(
    `--dev has published keys, so it listens on loopback only, not on ${host}. Leave out --dev or --host.`,
  )
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

function readConfigFile(path: string | undefined): Readonly<Record<string, unknown>> {
  if (path === undefined) return {}
  const parsed = parseConfigFile(path)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ConfigError(`The config file ${path} is no JSON object.`)
  const known = new Set<string>(settings.map((one) => one.key))
  const strange = Object.keys(parsed).find((key) => !known.has(key))
  if (strange !== undefined)
    throw new ConfigError(`The config file ${path} has an unknown key "${strange}". Known: ${[...known].join(', ')}.`)
  return parsed as Record<string, unknown>
}

function parseConfigFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new ConfigError(`The config file ${path} is not there.`)
    throw new ConfigError(`The config file ${path} cannot be read as JSON: ${message}`)
  }
}

function readHostnames(text: string): readonly [string, ...string[]] {
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  for (const name of names) {
    if (!/^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/.test(name))
      throw new ConfigError(`--hostname: "${name}" is no host name.`)
  }
  const [first, ...rest] = names
  if (first === undefined) throw new ConfigError('--hostname: give at least one name.')
  return [first, ...rest]
}

function readHosts(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return
  return listOf(text).map((name) => {
    const hostname = URL.parse(`https://${name}/`)?.hostname
    // neither a port nor a path: what a URL calls its hostname
    if (!hostname || hostname !== name.toLowerCase())
      throw new ConfigError(`--webhook-hosts: "${name}" is no host name.`)
    return hostname
  })
}

function readPort(flag: string, text: string | undefined): number {
  const port = Number(text)
  if (text === undefined || !/^\d{1,5}$/.test(text) || port > 65535)
    throw new ConfigError(`--${flag}: "${text}" is no port; use 0 to 65535.`)
  return port
}

function readIssuer(text: (flag: Flag) => string | undefined): IssuerSettings | undefined {
  const issuer = text('oidc-issuer')
  if (issuer === undefined) return
  if (!isSafeUrl(issuer))
    throw new ConfigError(
      `--oidc-issuer: "${issuer}" is no https URL. Plain http is for an issuer on this machine only.`,
    )
  const [first, ...rest] = listOf(text('oidc-audience'))
  if (first === undefined) throw new ConfigError('--oidc-audience: give at least one name.')
  const rolesClaim = text('oidc-roles-claim') ?? 'roles'
  return { issuer, audiences: [first, ...rest], rolesClaim, roles: readRoles(listOf(text('oidc-role'))) }
}

/** `reader=VALUE`, each as often as there are values for it. */
function readRoles(pairs: readonly string[]): IssuerSettings['roles'] {
  const values: Record<Role, string[]> = { reader: [], contributor: [], 'data-owner': [] }
  for (const pair of pairs) {
    const [role = '', value = ''] = pair.split(/=(.*)/s)
    if (!isRole(role) || value === '')
      throw new ConfigError(`--oidc-role: "${pair}" is no ROLE=VALUE, with one of the roles ${roleNames.join(', ')}.`)
    values[role].push(value)
  }
  return values
}

const listOf = (text = '') =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)

/** An entry of the log has up to 64 KiB, mostly one or two: some ten gigabytes. */
const mostAuditEntries = 10_000_000
const mostAuditDays = 36_500
/** A device waits meanwhile, if as `assigning`. */
const mostWebhookSeconds = 120
const mostTelemetryHours = 24 * 365
/** A terabyte. */
const mostTelemetryMegabytes = 1_000_000

function readCount(flag: Flag, text: string | undefined, most: number): number {
  const count = Number(text)
  if (text === undefined || !/^\d{1,9}$/.test(text) || count < 1 || count > most)
    throw new ConfigError(`--${flag}: "${text}" is no number from 1 to ${most}.`)
  return count
}

const readSwitch = (flag: Flag, text: string | undefined) => readChoice(flag, text, ['true', 'false']) === 'true'

function readChoice<T extends string>(flag: string, text: string | undefined, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw new ConfigError(`--${flag}: "${text}" is none of ${choices.join(', ')}.`)
  return found
}

function readTime(text: string | undefined): number | undefined {
  if (text === undefined) return
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new ConfigError(`--clock: "${text}" is no ISO 8601 time; write 2027-01-01T00:00:00Z.`)
  return at
}
