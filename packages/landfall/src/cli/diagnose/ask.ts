/** Asking a service for a dry run. A private key never leaves this machine, though somebody put it into the chain's file. */
import type { ProvisioningServiceClient } from 'landfall-client'
import type { DiagnoseBody, Diagnosis } from '../../operator-api/diagnose.ts'
import { readCertificateBytes, UnreadableCertificate } from '../../x509/pem.ts'
import { readInput } from '../cert-files.ts'
import { UsageError } from '../exit.ts'

export type { DiagnoseBody, Diagnosis } from '../../operator-api/diagnose.ts'

export async function askDiagnosis(client: ProvisioningServiceClient, body: DiagnoseBody): Promise<Diagnosis> {
  return (await client.request<Diagnosis>({ method: 'POST', path: '/landfall/diagnose', body })).body
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** The certificates of some files, in their order. */
export function readChainFiles(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    try {
      return readCertificateBytes(readInput(file)).map(base64)
    } catch (error) {
      if (!(error instanceof UnreadableCertificate)) throw error
      throw new UsageError(`Cannot read ${file === '-' ? 'standard input' : file}: ${error.why}.`)
    }
  })
}

/** Or its webhook would be asked for its hub. */
export const wouldBeAssigned = ({ outcome }: { readonly outcome: string }): boolean =>
  outcome === 'assigned' || outcome === 'asked'
