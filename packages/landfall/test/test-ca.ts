/** A test CA in files, as a user would have it: root, intermediate, devices. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import { realRandom } from '../src/system.ts'
import { type Issued, issueDevice, issueIntermediate, issueRoot, issueVerification } from '../src/x509/issue.ts'
import type { World } from './world.ts'

export interface TestCa {
  readonly root: Issued
  readonly intermediate: Issued
  /** A device below the intermediate; paths of the chain that it sends (leaf, intermediate), and of its key. */
  device(registrationId: string, days?: number): Promise<DeviceFiles>
}

export interface DeviceFiles {
  readonly issued: Issued
  readonly certificate: string
  readonly leafOnly: string
  readonly key: string
  readonly chainPem: string
}

/** Certificates are made by the world's clock. */
export async function makeTestCa(world: World, name = 'Test'): Promise<TestCa> {
  const at = world.clock.now()
  const common = { at, random: realRandom }
  const root = await issueRoot({ ...common, commonName: `${name} root CA`, days: 365 })
  const intermediate = await issueIntermediate({
    ...common,
    commonName: `${name} intermediate CA`,
    ca: root,
    days: 180,
  })
  return {
    root,
    intermediate,
    async device(registrationId, days = 30) {
      const issued = await issueDevice({ ...common, registrationId, ca: intermediate, days })
      const base = join(
        world.dir,
        `${registrationId.replaceAll(':', '_')}-${issued.certificate.sha1Thumbprint.slice(0, 6)}`,
      )
      const chainPem = issued.pem + intermediate.pem
      const write = (suffix: string, text: string) => {
        writeFileSync(`${base}${suffix}`, text, { mode: 0o600 })
        return `${base}${suffix}`
      }
      return {
        issued,
        chainPem,
        certificate: write('.chain.pem', chainPem),
        leafOnly: write('.pem', issued.pem),
        key: write('.key.pem', issued.keyPem),
      }
    },
  }
}

/** The operator's own REST, with a token of the owner policy. */
export async function operator(world: World, method: string, path: string, body?: object) {
  const answer = await world.fetch(`https://${world.authority}/landfall/${path}`, {
    method,
    headers: { authorization: await world.token(), 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** Uploads a CA certificate and proves possession of its key, in the open: code, verification certificate, verify. */
export async function proveRoot(world: World, { root }: TestCa, name = 'test-root'): Promise<void> {
  await operator(world, 'PUT', `certificates/${name}`, { certificate: root.pem })
  const { verificationCode } = await operator(world, 'POST', `certificates/${name}/code`)
  const proof = await issueVerification({ code: verificationCode, ca: root, at: world.clock.now(), random: realRandom })
  await operator(world, 'POST', `certificates/${name}/verify`, { certificate: proof.pem })
}

/** A world's usual beginning: a proven root and a group on the intermediate. */
export async function enrolledCa(world: World, groupId = 'line-7'): Promise<TestCa> {
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: groupId,
    attestation: attestation.signingCertificate(ca.intermediate.pem),
  })
  return ca
}
