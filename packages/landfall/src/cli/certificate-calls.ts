/** What is asked of a service about its CA certificates, each under an etag where one is given (contract/management 5.4). */
import { X509Certificate } from 'node:crypto'
import type { ProvisioningServiceClient } from 'landfall-client'
import { realSystem } from '../system.ts'
import type { CertificateInfo } from '../x509/certificate.ts'
import { issueVerification, readKeyPair } from '../x509/issue.ts'
import { readCertificates } from '../x509/pem.ts'
import { UsageError } from './exit.ts'
import { harmless } from './output.ts'

export interface CaView {
  readonly name: string
  readonly isVerified: boolean
  readonly verificationCode?: string
  readonly verificationCodeExpiresUtc?: string
  readonly info: CertificateInfo
  /** Base64 of the DER; in the answer to show only. */
  readonly certificate?: string
  readonly warnings?: readonly string[]
  /** Of this state; each change makes a new one (contract/management 5.4). */
  readonly etag?: string
}

export async function addCertificate(
  client: ProvisioningServiceClient,
  name: string,
  certificate: string,
  { verified: isVerified, etag }: { readonly verified?: boolean; readonly etag?: string } = {},
): Promise<CaView> {
  const { body } = await client.request<CaView>({
    method: 'PUT',
    path: pathOf(name),
    body: { certificate, isVerified },
    headers: ifMatch(etag),
  })
  return body
}

export async function askCode(client: ProvisioningServiceClient, name: string, etag?: string): Promise<CaView> {
  const { body } = await client.request<CaView>({
    method: 'POST',
    path: `${pathOf(name)}/code`,
    headers: ifMatch(etag),
  })
  return body
}

export async function verify(
  client: ProvisioningServiceClient,
  name: string,
  certificate: string,
  etag?: string,
): Promise<CaView> {
  const { body } = await client.request<CaView>({
    method: 'POST',
    path: `${pathOf(name)}/verify`,
    body: { certificate },
    headers: ifMatch(etag),
  })
  return body
}

const ifMatch = (etag: string | undefined): Record<string, string> => (etag === undefined ? {} : { 'if-match': etag })

/** The whole ritual: ask for a code, sign it with the key, show the result. The key stays here. */
export async function provePossession(
  client: ProvisioningServiceClient,
  name: string,
  keyPem: string,
  etag?: string,
): Promise<CaView> {
  const keys = readKey(keyPem)
  const { body } = await client.request<CaView>({ method: 'GET', path: pathOf(name) })
  const [certificate] = readCertificates(body.certificate ?? '')
  if (!certificate) throw new Error(`The service shows no certificate under the name "${name}".`)
  // before a new code makes void the one that somebody else may be signing
  if (!new X509Certificate(certificate.der).checkPrivateKey(keys.privateKey))
    throw new UsageError(`This is not the key of "${name}" (${harmless(body.info.subjectName)}).`)
  const { verificationCode: code = '', etag: next } = await askCode(client, name, etag)
  const { clock, random } = realSystem()
  const proof = await issueVerification({ code, ca: { certificate, keys }, days: 1, at: clock.now(), random })
  return await verify(client, name, proof.pem, etag === undefined ? undefined : next)
}

export async function deleteCertificate(
  client: ProvisioningServiceClient,
  name: string,
  { force, etag }: { readonly force?: boolean; readonly etag?: string },
): Promise<void> {
  const path = `${pathOf(name)}${force ? '?force=true' : ''}`
  await client.request({ method: 'DELETE', path, headers: ifMatch(etag) })
}

export const pathOf = (name: string) => `/landfall/certificates/${encodeURIComponent(name)}`

function readKey(pem: string) {
  try {
    return readKeyPair(pem)
  } catch {
    throw new UsageError('The key file holds no private key in PEM that can be read without a passphrase.')
  }
}
