/** Certificates for tests of the transports: a root, an intermediate, a server, devices. */
import { realRandom as random } from '../../src/system.ts'
import {
  type Issued,
  issueDevice,
  issueIntermediate,
  issueRoot,
  issueSelfSigned,
  issueServer,
} from '../../src/x509/issue.ts'

export interface TestCertificate {
  readonly pem: string
  readonly key: string
}

export interface TestPki {
  readonly root: TestCertificate
  readonly intermediate: TestCertificate
  readonly server: TestCertificate
  readonly device: TestCertificate
  /** Self-signed, of no chain. */
  readonly unrelated: TestCertificate
}

export async function makeTestPki(registrationId = 'dev-1'): Promise<TestPki> {
  const common = { at: Date.now(), random }
  const root = await issueRoot({ ...common, commonName: 'Test root' })
  const intermediate = await issueIntermediate({ ...common, commonName: 'Test intermediate', ca: root })
  return {
    root: filed(root),
    intermediate: filed(intermediate),
    server: filed(await issueServer({ ...common, names: ['localhost', '127.0.0.1'], ca: root })),
    device: filed(await issueDevice({ ...common, registrationId, ca: intermediate })),
    unrelated: filed(await issueSelfSigned({ ...common, registrationId: 'of-no-chain' })),
  }
}

const filed = ({ pem, keyPem }: Issued): TestCertificate => ({ pem, key: keyPem })
