/** A server of one stage, started by stages.ts. Not Landfall's code but for the TLS settings: it is what the parts cost bare. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { tlsOptions } from '../packages/landfall/src/protocol/tls.ts'
import { type StageName, type StageOrder, stageNames } from './stages.ts'

process.once('message', (order: StageOrder) => {
  const server = serverOf(order)
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
    process.send?.((server.address() as AddressInfo).port)
  })
})
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {})

function serverOf({ stage, files, database }: StageOrder) {
  const identity = { key: readFileSync(files.serverKey), certificate: readFileSync(files.server) }
  const options: TlsOptions = { ...tlsOptions(identity, 10_000), requestCert: stage !== 'handshake' }
  if (!includes(stage, 'http')) return createTlsServer(options, (socket) => socket.on('error', () => {}).end())
  const root = new X509Certificate(readFileSync(files.root))
  const commit = includes(stage, 'commit') ? openCommits(database) : async () => {}
  return createHttpsServer(options, async (request, response) => {
    const { registrationId } = JSON.parse(await bodyOf(request)) as { registrationId: string }
    const [leaf, ...issuers] = includes(stage, 'chain') ? chainOf(request.socket as TLSSocket) : []
    const trusted = !includes(stage, 'check') || (leaf && isTrusted(leaf, issuers, root))
    if (!trusted) return answer(response, 401, '{}')
    const record = recordOf(registrationId)
    await commit(registrationId, record)
    answer(response, 200, record)
  })
}

const includes = (stage: StageName, step: StageName) => stageNames.indexOf(stage) >= stageNames.indexOf(step)

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}

function answer(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body)
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let next = socket.getPeerX509Certificate(); next; next = next.issuerCertificate) chain.push(next)
  return chain
}

function isTrusted(leaf: X509Certificate, issuers: readonly X509Certificate[], root: X509Certificate): boolean {
  let below = leaf
  for (const issuer of [...issuers, root]) {
    if (!below.verify(issuer.publicKey)) return false
    below = issuer
  }
  return true
}

const recordOf = (registrationId: string) =>
  JSON.stringify({
    operationId: '5.0000000000000000.00000000-0000-0000-0000-000000000000',
    status: 'assigned',
    registrationState: { registrationId, deviceId: registrationId, status: 'assigned', padding: '-'.repeat(270) },
  })

/** Whatever waits when the event loop comes round goes to disk in one transaction. */
function openCommits(path: string): (id: string, record: string) => Promise<void> {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  for (const name of tableNames)
    database.exec(`create table if not exists ${name} (id text primary key, value text) strict`)
  const inserts = tableNames.map((name) => database.prepare(`insert or replace into ${name} values (?, ?)`))
  let waiting: { readonly id: string; readonly record: string; readonly done: () => void }[] = []
  const flush = () => {
    const batch = waiting
    waiting = []
    database.exec('begin immediate')
    for (const { id, record } of batch) for (const insert of inserts) insert.run(id, record)
    database.exec('commit')
    for (const { done } of batch) done()
  }
  return (id, record) =>
    new Promise((done) => {
      if (waiting.push({ id, record, done }) === 1) setImmediate(flush)
    })
}

const tableNames = ['device', 'registration', 'audit'] as const
