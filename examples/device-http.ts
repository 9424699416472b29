// Registers a device over HTTPS with the public SDK: node examples/device-http.ts DEVICE
// DEVICE is the path of its files without .fullchain.pem and .key.pem; the settings come from "landfall env".
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import sdk from 'azure-iot-provisioning-device'
import http from 'azure-iot-provisioning-device-http'
import security from 'azure-iot-security-x509'

const [device = ''] = process.argv.slice(2)
const { IOT_PROVISIONING_DEVICE_ENDPOINT: host = '', IOT_PROVISIONING_DEVICE_IDSCOPE: idScope = '' } = process.env

const certificate = {
  cert: readFileSync(`${device}.fullchain.pem`, 'utf8'),
  key: readFileSync(`${device}.key.pem`, 'utf8'),
}
const identity = new security.X509Security(basename(device), certificate)
const client = sdk.ProvisioningDeviceClient.create(host, idScope, new http.Http(), identity)

const registration = await client.register()
if (registration) console.log(`${registration.deviceId} is ${registration.status} to ${registration.assignedHub}`)
