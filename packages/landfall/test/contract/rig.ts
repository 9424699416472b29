/** A whole service as the contract's checklists ask it: raw requests to the device API, the service API and the hub. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { attestation, type EnrollmentGroup, type IndividualEnrollment } from 'landfall-client'
import { makeToken } from '../../src/sas/token.ts'
import { type RawAnswer, type RawDevice, registerRaw } from '../raw-device.ts'
import { startWorld, type World, type WorldOrder } from '../world.ts'

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  /** A string goes as it is, anything else as JSON. */
  readonly body?: unknown
  readonly certificate?: string
  readonly key?: string
}

export interface Told extends Omit<RawAnswer, 'body'> {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

export interface Rig extends AsyncDisposable {
  readonly world: World
  readonly idScope: string
  device(registrationId: string, more?: Partial<RawDevice>): RawDevice
  /** Over the device's own connection; `symmetricKey` or certificate as in `more`. */
  register(registrationId: string, more?: Partial<RawDevice>): Promise<RawAnswer>
  /** `ask('PUT /0ne…/registrations/x/register?api-version=…')`: a request with nothing added. */
  ask(line: string, order?: Ask): Promise<Told>
  /** The service API, with the owner's token and the newest api-version. */
  service(line: string, order?: Ask): Promise<Told>
  /** The hub's service API, with its owner's token. */
  hub(line: string, order?: Ask): Promise<Told>
  keyedIndividual(registrationId: string, more?: Partial<IndividualEnrollment>): Promise<Keys>
  keyedGroup(enrollmentGroupId: string, more?: Partial<EnrollmentGroup>): Promise<Keys>
}

export interface Keys {
  readonly primary: string
  readonly secondary: string
}

export async function startRig(order: WorldOrder = {}): Promise<Rig> {
  const world = await startWorld(order)
  const rootPem = readFileSync(world.connection.rootCaPath, 'utf8')
  const { idScope } = world.connection
  const port = () => world.connection.ports.https

  const device = (registrationId: string, more: Partial<RawDevice> = {}): RawDevice => ({
    host: world.host,
    port: port(),
    rootPem,
    idScope,
    registrationId,
    ...more,
  })
  const ask = (line: string, { headers = {}, body, certificate, key }: Ask = {}): Promise<Told> => {
    const [method = 'GET', path = '/'] = line.split(' ')
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const options = {
        host: world.host,
        port: port(),
        method,
        path,
        ca: rootPem,
        cert: certificate,
        key,
        agent: false,
      }
      // node gives a GET with a body no length by itself
      const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
      const sent = request({ ...options, headers: { ...length, ...headers } }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('end', () => {
          const told = Buffer.concat(chunks).toString()
          const parsed = told === '' ? undefined : JSON.parse(told)
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed })
        })
      })
      sent.once('error', reject)
      sent.end(text)
    })
  }
  const asked = async (token: string, version: string, line: string, { headers, ...order }: Ask = {}) =>
    ask(`${line}${line.includes('?') ? '&' : '?'}api-version=${version}`, {
      ...order,
      headers: { authorization: token, 'content-type': 'application/json', ...headers },
    })

  return {
    world,
    idScope,
    device,
    ask,
    register: (registrationId, more) => registerRaw(device(registrationId, more)),
    service: async (line, order) => asked(await world.token(), '2021-10-01', line, order),
    hub: (line, order) => asked(tokenOf(world.connection.hubConnectionString), '2021-04-12', line, order),
    async keyedIndividual(registrationId, more) {
      const created = await world.client.individualEnrollments.createOrUpdate({
        registrationId,
        attestation: attestation.symmetricKey(),
        ...more,
      })
      return keysOf(created)
    },
    async keyedGroup(enrollmentGroupId, more) {
      const created = await world.client.enrollmentGroups.createOrUpdate({
        enrollmentGroupId,
        attestation: attestation.symmetricKey(),
        ...more,
      })
      return keysOf(created)
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

/** Of a connection string's policy, for an hour. */
export function tokenOf(connectionString: string): string {
  const [, resource = '', policyName = '', key = ''] =
    /HostName=([^;]+);SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)/.exec(connectionString) ?? []
  return makeToken({ resource, key, policyName, expiry: Date.now() + 3_600_000 })
}

const keysOf = ({ attestation: { symmetricKey } }: IndividualEnrollment | EnrollmentGroup): Keys => ({
  primary: symmetricKey?.primaryKey ?? '',
  secondary: symmetricKey?.secondaryKey ?? '',
})
