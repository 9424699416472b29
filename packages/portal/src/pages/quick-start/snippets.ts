/** Commands and programs to copy. None of them has a key in it: they read it from the environment or from a file. */
export interface Place {
  /** Without a port. */
  readonly host: string
  readonly https: number
  readonly mqtt: number
  readonly management: number | undefined
  readonly idScope: string
}

export interface Snippet {
  readonly id: string
  readonly label: string
  readonly code: string
}

const lines = (...all: readonly string[]) => all.join('\n')
const authority = ({ host, https }: Place) => (https === 443 ? host : `${host}:${https}`)

/** For one device of the quick start, where its files lie. */
export function deviceSnippets(place: Place, id: string, name: string): readonly Snippet[] {
  const { host, mqtt, idScope } = place
  const files = `--cert ${id}.fullchain.pem --key ${id}.key.pem`
  const register = `https://${authority(place)}/${idScope}/registrations/${id}/register?api-version=2021-06-01`
  return [
    {
      id: 'curl',
      label: 'curl',
      code: lines(
        `curl --cacert root.pem ${files} \\`,
        `  -X PUT -H 'Content-Type: application/json' -d '{"registrationId":"${id}"}' \\`,
        `  '${register}'`,
      ),
    },
    {
      id: 'openssl',
      label: 'openssl',
      code: lines(
        `openssl verify -CAfile ${name}-root.cert.pem -untrusted ${name}-intermediate.cert.pem ${id}.cert.pem`,
        `openssl s_client -connect ${host}:${mqtt} -CAfile root.pem \\`,
        `  -cert ${id}.cert.pem -key ${id}.key.pem -cert_chain ${name}-intermediate.cert.pem </dev/null`,
      ),
    },
    {
      id: 'mosquitto',
      label: 'mosquitto',
      // it leaves before the answer; Registrations shows what came of it
      code: lines(
        `mosquitto_pub -V mqttv311 -h ${host} -p ${mqtt} --cafile root.pem ${files} \\`,
        `  -i ${id} -u '${idScope}/registrations/${id}/api-version=2021-06-01' -q 1 \\`,
        `  -t '$dps/registrations/PUT/iotdps-register/?$rid=1' -m '{"registrationId":"${id}"}'`,
      ),
    },
    {
      id: 'sdk',
      label: 'SDK',
      code: lines(
        '# Node',
        `export PROVISIONING_HOST=${authority(place)} PROVISIONING_IDSCOPE=${idScope} PROVISIONING_REGISTRATION_ID=${id}`,
        `export CERTIFICATE_FILE=${id}.fullchain.pem KEY_FILE=${id}.key.pem NODE_EXTRA_CA_CERTS=root.pem`,
        '# Python',
        `export PROVISIONING_HOST=${host} PROVISIONING_IDSCOPE=${idScope} DPS_X509_REGISTRATION_ID=${id}`,
        `export X509_CERT_FILE=${id}.fullchain.pem X509_KEY_FILE=${id}.key.pem SSL_CERT_FILE=root.pem`,
      ),
    },
  ]
}

/** The service's own root, which clients are to trust. */
export const rootSnippet = ({ management }: Place): string =>
  management === undefined ? 'landfall env' : `curl -so root.pem 127.0.0.1:${management}/root.pem`

/** The same walk from a program; the certificates are those of `landfall cert quick`. */
export const programSnippets: readonly Snippet[] = [
  {
    id: 'landfall',
    label: 'landfall',
    code: lines(
      'landfall cert quick pump-12',
      'landfall certificate add certs/Landfall-Test-Root.cert.pem --key certs/Landfall-Test-Root.key.pem',
      'landfall enrollment-group create line-7 --certificate-path certs/Landfall-Test-Intermediate.cert.pem',
      'landfall registration list --group line-7',
    ),
  },
  {
    id: 'node',
    label: 'Node',
    code: lines(
      "import { readFileSync } from 'node:fs'",
      "import provisioning from 'azure-iot-provisioning-service'",
      '',
      'const { IOT_PROVISIONING_SERVICE_CONNECTION_STRING } = process.env',
      'const client = provisioning.ProvisioningServiceClient.fromConnectionString(IOT_PROVISIONING_SERVICE_CONNECTION_STRING)',
      "const certificate = readFileSync('certs/Landfall-Test-Intermediate.cert.pem', 'utf8')",
      'await client.createOrUpdateEnrollmentGroup({',
      "  enrollmentGroupId: 'line-7',",
      "  attestation: { type: 'x509', x509: { signingCertificates: { primary: { certificate } } } },",
      '})',
    ),
  },
  {
    id: 'python',
    label: 'Python',
    code: lines(
      'import os',
      'from provisioningserviceclient import ProvisioningServiceClient',
      'from provisioningserviceclient.models import AttestationMechanism, EnrollmentGroup',
      '',
      'client = ProvisioningServiceClient.create_from_connection_string(',
      '    os.environ["IOT_PROVISIONING_SERVICE_CONNECTION_STRING"]',
      ')',
      'with open("certs/Landfall-Test-Intermediate.cert.pem") as file:',
      '    attestation = AttestationMechanism.create_with_x509_signing_certs(file.read())',
      'client.create_or_update(EnrollmentGroup.create("line-7", attestation))',
    ),
  },
  {
    id: 'az',
    label: 'az',
    code: lines(
      'az iot dps certificate create --dps-name landfall -g landfall -n root -p certs/Landfall-Test-Root.cert.pem',
      'az iot dps enrollment-group create --login "$IOT_PROVISIONING_SERVICE_CONNECTION_STRING" \\',
      '  --gid line-7 --cp certs/Landfall-Test-Intermediate.cert.pem',
    ),
  },
]
