/** A running service on a store of a given size: its own process, asked over real sockets. */
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { attestation, type ProvisioningServiceClient } from 'landfall-client'
import type { ConnectionFile } from '../../packages/landfall/src/connection-file.ts'
import { type Address, makeReady, type ReadyDevice } from '../exchange.ts'
import { backEndOf, startLandfall } from '../landfall.ts'
import { makeIntermediate, makeNamedIssuer, type TestCa } from '../test-ca.ts'
import { type Ask, makeAsk } from './ask.ts'
import { fill } from './build.ts'
import { nameOf, newPump, type Size } from './rows.ts'

export interface ServiceWorld {
  readonly size: Size
  readonly ask: Ask
  readonly devices: Address
  /** Each registers once: what it has read and written is warm afterwards. */
  readonly fresh: readonly ReadyDevice[]
  readonly known: readonly ReadyDevice[]
}

export interface ServiceOrder {
  readonly dir: string
  readonly ca: TestCa
  readonly size: Size
  readonly closing: AsyncDisposableStack
}

/** Groups whose devices register; the key of the others' certificate is lost. Each has a hundred members. */
const openPlants = 7
export const devicesOfEachKind = openPlants * 100

export async function openService({ dir, ca, size, closing }: ServiceOrder): Promise<ServiceWorld> {
  const data = join(dir, String(size.registrations))
  // makes the store and its settings
  await (await startLandfall(data)).child[Symbol.asyncDispose]()
  await fill(join(data, 'landfall.db'), size)
  const { child, connection } = await startLandfall(data)
  closing.use(child)
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(connection.rootCaPath) })
  closing.defer(() => agent.destroy())
  return {
    size,
    ask: await makeAsk(connection, agent),
    devices: { port: connection.ports.https, talk: 'https', idScope: connection.idScope },
    ...(await makeDevices(connection, ca, size)),
  }
}

async function makeDevices(connection: ConnectionFile, ca: TestCa, size: Size) {
  const client = await backEndOf(connection, ca)
  const fresh: ReadyDevice[] = []
  const known: ReadyDevice[] = []
  for (let nth = 0; nth < openPlants; nth++) {
    // far apart, so that no two of their members are on one page of the database
    const plant = Math.floor((nth * size.groups) / (openPlants + 1)) + 1
    const issue = makeNamedIssuer(await openPlant(client, ca, nameOf('plant', plant)))
    for (let index = plant; index < size.registrations; index += size.groups) {
      known.push(makeReady(await issue(nameOf('pump', index))))
      fresh.push(makeReady(await issue(newPump(size, index))))
    }
  }
  return { fresh, known }
}

async function openPlant({ enrollmentGroups }: ProvisioningServiceClient, ca: TestCa, enrollmentGroupId: string) {
  const intermediate = await makeIntermediate(ca, enrollmentGroupId)
  await enrollmentGroups.delete(enrollmentGroupId)
  await enrollmentGroups.createOrUpdate({
    enrollmentGroupId,
    attestation: attestation.signingCertificate(intermediate.pem),
  })
  return intermediate
}
