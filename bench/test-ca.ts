/** A test CA of the bench: root, intermediate, a server's certificate, and as many devices as a round takes. All P-256. */
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { realRandom as random } from '../packages/landfall/src/system.ts'
import { parseCertificate } from '../packages/landfall/src/x509/certificate.ts'
import {
  issueDevice,
  issueIntermediate,
  issueRoot,
  issueServer,
  readKeyPair,
  type Signer,
} from '../packages/landfall/src/x509/issue.ts'

export interface TestCa {
  /** What generators need in order to issue devices. */
  readonly intermediate: { readonly pem: string; readonly keyPem: string }
  readonly rootPem: string
  readonly files: {
    readonly root: string
    readonly rootKey: string
    /** Leaf and intermediate. */
    readonly server: string
    readonly serverKey: string
  }
}

export interface Device {
  readonly registrationId: string
  /** Leaf and intermediate, as a device sends them. */
  readonly chainPem: string
  readonly keyPem: string
}

export async function makeTestCa(dir: string): Promise<TestCa> {
  const at = Date.now()
  const root = await issueRoot({ commonName: 'Bench root', at, random })
  const intermediate = await issueIntermediate({ commonName: 'Bench intermediate', ca: root, at, random })
  const server = await issueServer({ names: ['localhost', '127.0.0.1'], ca: intermediate, at, random })
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 })
    return join(dir, name)
  }
  return {
    intermediate: { pem: intermediate.pem, keyPem: intermediate.keyPem },
    rootPem: root.pem,
    files: {
      root: write('root.pem', root.pem),
      rootKey: write('root.key', root.keyPem),
      server: write('server.pem', server.pem + intermediate.pem),
      serverKey: write('server.key', server.keyPem),
    },
  }
}

/** Issues devices one after the other: each has its own key and a registration id that was never used. */
export function makeDeviceIssuer(intermediate: TestCa['intermediate'], prefix: string): () => Promise<Device> {
  const issue = makeNamedIssuer(intermediate)
  let issued = 0
  return () => issue(`${prefix}-${String(issued++).padStart(6, '0')}`)
}

export function makeNamedIssuer({ pem, keyPem }: TestCa['intermediate']): (registrationId: string) => Promise<Device> {
  const ca = signerOf(pem, keyPem)
  return async (registrationId) => {
    const device = await issueDevice({ registrationId, ca, at: Date.now(), random })
    return { registrationId, chainPem: device.pem + pem, keyPem: device.keyPem }
  }
}

/** One more below the root. */
export function makeIntermediate({ rootPem, files }: TestCa, commonName: string): Promise<TestCa['intermediate']> {
  const ca = signerOf(rootPem, readFileSync(files.rootKey, 'utf8'))
  return issueIntermediate({ commonName, ca, at: Date.now(), random })
}

const signerOf = (pem: string, keyPem: string): Signer => ({
  certificate: parseCertificate(new X509Certificate(pem).raw),
  keys: readKeyPair(keyPem),
})
