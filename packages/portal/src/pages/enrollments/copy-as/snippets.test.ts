import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { CertificateInfo } from '../../../api/certificates.ts'
import type { EnrollmentView } from '../../../api/enrollments.ts'
import { quoted } from './shell.ts'
import { type Request, snippet, tools } from './snippets.ts'

const body: EnrollmentView = {
  enrollmentGroupId: 'plant-7',
  attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: 'c2VjcmV0', secondaryKey: 'c2VjcmV0Mg==' } },
  capabilities: { iotEdge: true },
  initialTwin: { tags: { note: `it's $(touch /tmp/x) \`id\`\n"` } },
  provisioningStatus: 'enabled',
  reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
  allocationPolicy: 'geoLatency',
  iotHubs: ['one.example', 'two.example'],
}
const request: Request = { kind: 'group', body, exists: false, origin: 'https://localhost:8443', keys: 'hidden' }

test.each(tools)('a command for %s holds no key unless keys are shown', (tool) => {
  expect(snippet(tool, request)).not.toContain('c2VjcmV0')
  expect(snippet(tool, request)).toContain('PRIMARY_KEY')
  expect(snippet(tool, { ...request, keys: 'shown' })).toContain('c2VjcmV0')
})

test.each([`it's`, '$(id)', '`id`', 'a b', '', '"', '\\', 'line\nline', '--force', "''", '!x'])(
  'a shell reads %j as it was meant',
  (text) => {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${quoted(text)}`], { encoding: 'utf8' })).toBe(text)
  },
)

test.each(['az', 'curl', 'landfall'] as const)(
  'a shell reads every word of the command for %s as it was meant',
  (tool) => {
    const script = `${tool}() { for word; do printf '%s\\0' "$word"; done; }; landfall_() { :; }\n${snippet(tool, request).replace('$(landfall token --role data-owner)', 'TOKEN')}`
    const words = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0')
    const told =
      tool === 'curl'
        ? words.map((word) => (word.startsWith('{') ? JSON.parse(word).initialTwin.tags : undefined))
        : words.map((word) => (word.startsWith('{"note') ? JSON.parse(word) : undefined))
    expect(told.filter(Boolean)).toEqual([body.initialTwin?.tags])
  },
)

test('az and landfall say the same in their own words', () => {
  expect(snippet('az', request)).toContain('--allocation-policy geolatency')
  expect(snippet('landfall', request)).toContain('--allocation-policy geo-latency')
  for (const tool of ['az', 'landfall'] as const) {
    expect(snippet(tool, request)).toContain('--iot-hubs one.example two.example')
    expect(snippet(tool, request)).toContain('--reprovision-policy reprovisionandresetdata')
  }
})

test('a certificate that only the service has is asked for by name where the enrollment is made anew', () => {
  const primary = { info: { subjectName: 'CN=Plant 7 CA' } as CertificateInfo }
  const signed = { ...body, attestation: { type: 'x509', x509: { signingCertificates: { primary } } } } as const
  const anew = { ...request, body: signed }
  expect(snippet('curl', anew)).toContain('"certificate": "PRIMARY_CERTIFICATE"')
  expect(snippet('az', anew)).toContain('--certificate-path primary.cert.pem')
  expect(snippet('curl', { ...anew, exists: true })).toContain('"subjectName": "CN=Plant 7 CA"')
})

test('a value that begins with a hyphen is no option', () => {
  expect(snippet('az', { ...request, body: { ...body, enrollmentGroupId: '--help' } })).toContain(
    '--enrollment-id=--help',
  )
})
