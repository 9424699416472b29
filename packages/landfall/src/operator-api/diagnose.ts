/**
 * `POST /landfall/diagnose`: what would be done about a device that shows this, rule by rule. Nothing is changed. Keys
 * come in here, so nothing of the body is logged, and none of them goes back.
 */
import type { FastifyInstance } from 'fastify'
import { demand } from '../access/visits.ts'
import { codeOf, ProvisioningError, sentenceOf } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Transport } from '../registration/attempt.ts'
import type { ChainLink } from '../registration/rehearse/chain-links.ts'
import type { Rehearsal, RehearsalOrder } from '../registration/rehearse/rehearse.ts'
import { readKey } from '../sas/key.ts'
import { machineNow } from '../system.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { Finding } from '../x509/lint.ts'
import { lintChain } from '../x509/lint-chain.ts'
import type { OperatorParts } from './parts.ts'
import { type ReadChain, readChain } from './read-chain.ts'

export interface DiagnoseBody {
  readonly registrationId?: string
  readonly idScope?: string
  readonly bodyRegistrationId?: string
  readonly chain?: string | readonly string[]
  /** The chain stands in the order of the wire: its first is the device's own, whatever it looks like. */
  readonly asSent?: boolean
  readonly symmetricKey?: string
  readonly derive?: boolean
  readonly sasToken?: string
  readonly endorsementKey?: string
  readonly transport?: Transport
  readonly apiVersion?: string
  readonly at?: string
}

/** The answer (without a key in it, whatever was asked). */
export type Diagnosis = ReturnType<typeof rendered> & { readonly lint: readonly Finding[] }

// the chain in base64, PEM armour and all, and room for the rest (contract/semantics 4.16)
const longestChain = 512 * 1024
const text = (maxLength: number) => ({ type: 'string', maxLength })

const question = {
  type: 'object',
  properties: {
    registrationId: text(1024),
    idScope: text(1024),
    bodyRegistrationId: text(1024),
    chain: { anyOf: [text(longestChain), { type: 'array', maxItems: 100, items: text(longestChain) }] },
    asSent: { type: 'boolean' },
    symmetricKey: text(1024),
    derive: { type: 'boolean' },
    sasToken: text(8192),
    endorsementKey: text(4096),
    transport: { enum: ['https', 'mqtt', 'mqttWs', 'amqp', 'amqpWs'] },
    apiVersion: text(64),
    at: text(64),
  },
  additionalProperties: false,
}

export function diagnoseRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.post<{ Body: DiagnoseBody }>(
    '/diagnose',
    { schema: { body: question }, config: { permission: 'ManagementRead' } },
    async (request): Promise<Diagnosis> => {
      demand(request, 'EnrollmentRead')
      const { body } = request
      const chain = readChain(body)
      const order = orderOf(body, chain, parts)
      const rehearsal = await parts.rehearsing.rehearse(order)
      return { ...rendered(rehearsal, order), lint: findingsOf(chain.readable, order) }
    },
  )
}

const invalid = (message: string) => new ProvisioningError('invalid', { message })

function orderOf(body: DiagnoseBody, chain: ReadChain, { clock }: OperatorParts): RehearsalOrder {
  const { symmetricKey, derive = false, sasToken, endorsementKey, transport = 'https', apiVersion = newest } = body
  if (symmetricKey !== undefined && !readKey(symmetricKey))
    throw invalid('symmetricKey is not base64 of 16 to 64 bytes. Take it from its enrollment as it stands there.')
  if (symmetricKey !== undefined && sasToken !== undefined)
    throw invalid('Give either symmetricKey or sasToken: a token is made of the key.')
  const at = body.at === undefined ? undefined : instantOf(body.at)
  return {
    // half a character is in no path that a device can send
    registrationId: (body.registrationId ?? idOfLeaf(chain)).toWellFormed(),
    idScope: body.idScope?.toWellFormed(),
    bodyRegistrationId: body.bodyRegistrationId,
    evidence: {
      certificates: chain.certificates,
      sasToken,
      ...(endorsementKey !== undefined && { tpm: { endorsementKey } }),
    },
    ...(symmetricKey !== undefined && { key: { text: symmetricKey.trim(), derive } }),
    transport,
    apiVersion,
    at: at ?? clock.now(),
    tokensAt: at ?? machineNow(clock),
  }
}

/** What the SDKs of today send. */
const newest = '2021-06-01'

// contract/semantics 1.4
function idOfLeaf({ leaf }: ReadChain): string {
  if (!leaf) throw invalid('Name the registrationId; without a certificate nothing else tells it.')
  const { commonName } = leaf.subject
  if (commonName !== undefined) return commonName
  throw invalid(
    `Name the registrationId: the certificate "${printable(leaf.subject.text)}" has no common name, so no device can register with it.`,
  )
}

function instantOf(value: string): number {
  const at = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) throw invalid('at is no ISO 8601 time, like 2030-01-01T00:00:00Z.')
  return at
}

const findingsOf = (readable: readonly Certificate[], { at }: RehearsalOrder): readonly Finding[] =>
  lintChain(readable, { at })

function rendered(rehearsal: Rehearsal, { registrationId, transport, at }: RehearsalOrder) {
  const { outcome, presumed, enrollment, attestation, hub, deviceId, fault, remedy, trail, chain } = rehearsal
  return {
    outcome,
    presumed,
    registrationId: printable(registrationId),
    transport,
    at: new Date(at).toISOString(),
    enrollment,
    attestation,
    hub,
    deviceId,
    ...(fault && {
      reason: fault.reason,
      errorCode: codeOf(fault.reason),
      message: sentenceOf(fault.reason, fault.facts),
      remedy,
    }),
    trail,
    chain: chain.map(renderedLink),
  }
}

function renderedLink({ info, from, sent, groups, cas, verified, rules }: ChainLink, index: number) {
  const { subjectName, issuerName, ...rest } = info
  return {
    position: index + 1,
    subject: printable(subjectName),
    issuer: printable(issuerName),
    ...rest,
    from,
    sent,
    enrollmentGroups: groups,
    certificates: cas,
    verified,
    rules,
  }
}
