// Lets every device in whose certificate was signed by one CA: node examples/enroll-group.ts CA.cert.pem [GROUP]
// The connection string is read from IOT_PROVISIONING_SERVICE_CONNECTION_STRING; "landfall env" prints it.
import { readFileSync } from 'node:fs'
import { attestation, ProvisioningServiceClient } from 'landfall-client'

const [certificatePath, groupId = 'my-devices'] = process.argv.slice(2)
const connectionString = process.env.IOT_PROVISIONING_SERVICE_CONNECTION_STRING
if (!certificatePath || !connectionString) {
  console.error('Set IOT_PROVISIONING_SERVICE_CONNECTION_STRING, then: node enroll-group.ts CA.cert.pem [GROUP]')
  process.exit(2)
}

const client = ProvisioningServiceClient.fromConnectionString(connectionString)

console.log('Initiating enrollment group creation...')
await client.enrollmentGroups.createOrUpdate({
  enrollmentGroupId: groupId,
  attestation: attestation.signingCertificate(readFileSync(certificatePath, 'utf8')),
})
console.log('Enrollment group created.')
