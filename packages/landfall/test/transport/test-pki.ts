/** Certificates for tests of the transports, made by the openssl command: a root, an intermediate, a server, devices. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestCertificate {
  readonly pem: string
  readonly key: string
}

export interface TestPki {
  /** Files `NAME.pem` and `NAME.key`, for command line clients. */
  readonly folder: string
  readonly root: TestCertificate
  readonly intermediate: TestCertificate
  readonly server: TestCertificate
  readonly device: TestCertificate
  /** Self-signed, of no chain. */
  readonly unrelated: TestCertificate
  [Symbol.dispose](): void
}

export function makeTestPki(registrationId = 'dev-1'): TestPki {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-pki-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const read = (name: string): TestCertificate => ({
    pem: readFileSync(file(`${name}.pem`), 'utf8'),
    key: readFileSync(file(`${name}.key`), 'utf8'),
  })
  const selfSigned = (name: string, subject: string) => {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
    openssl('req', '-x509', '-new', '-key', `${name}.key`, '-subj', subject, '-days', '30', '-out', `${name}.pem`)
    return read(name)
  }
  const issued = (name: string, subject: string, issuer: string, extensions: string) => {
    writeFileSync(file(`${name}.ext`), extensions)
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
    openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`)
    const by = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial', '-days', '30']
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', `${name}.ext`, '-out', `${name}.pem`)
    return read(name)
  }
  return {
    folder,
    root: selfSigned('root', '/CN=Test root'),
    intermediate: issued('intermediate', '/CN=Test intermediate', 'root', 'basicConstraints=critical,CA:TRUE'),
    server: issued('server', '/CN=localhost', 'root', 'subjectAltName=DNS:localhost,IP:127.0.0.1'),
    device: issued('device', `/CN=${registrationId}`, 'intermediate', 'extendedKeyUsage=clientAuth'),
    unrelated: selfSigned('unrelated', '/CN=Of no chain'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
