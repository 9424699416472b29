/** Enrolling the devices: the root proven, and a group on the intermediate made by a program as anybody would write it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { NotFoundError, type ProvisioningServiceClient } from 'landfall-client'
import type { ConnectionFile } from '../../connection-file.ts'
import { addCertificate, provePossession } from '../certificate-calls.ts'
import { type Authorities, groupId } from './files.ts'

const enrollProgram = fileURLToPath(new URL('../../../../../examples/enroll-group.ts', import.meta.url))

/** Uploads the root and proves possession of its key, unless that was done before. */
export async function proveRoot(client: ProvisioningServiceClient, { root }: Authorities): Promise<void> {
  const { isVerified } = await addCertificate(client, root.name, root.pem)
  if (!isVerified) await provePossession(client, root.name, root.keyPem)
}

/** Runs examples/enroll-group.ts and gives the lines it printed. */
export async function enrollGroup(
  client: ProvisioningServiceClient,
  connection: ConnectionFile,
  { intermediate }: Authorities,
): Promise<string> {
  await forgetEarlierGroup(client)
  const environment = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: connection.rootCaPath,
    IOT_PROVISIONING_SERVICE_CONNECTION_STRING: connection.serviceConnectionString,
  }
  const run = promisify(execFile)
  const program = [enrollProgram, intermediate.certificatePath, groupId]
  try {
    return (await run(process.execPath, program, { env: environment })).stdout.trimEnd()
  } catch (error) {
    throw new Error(`${enrollProgram} failed: ${sentenceIn(error)}`)
  }
}

/** Of all that a program prints when it fails, the sentence. */
function sentenceIn(error: unknown): string {
  const { stderr = '', message } = error as Error & { readonly stderr?: string }
  return /^\w*Error: (.+)$/m.exec(stderr)?.[1] ?? message
}

/** The program creates; a group that an earlier quickstart left would be in its way. */
async function forgetEarlierGroup(client: ProvisioningServiceClient): Promise<void> {
  try {
    await client.enrollmentGroups.delete(groupId)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
  }
}
