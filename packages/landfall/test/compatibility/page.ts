/** docs/compatibility.md, from what was shown. */
import {
  backEndOperations,
  backEndSdks,
  deviceOperations,
  deviceSdks,
  type Operation,
  type Sdk,
  sign,
} from './shows.ts'

/** Operations of a hub that this one does not have, and what it says to them. */
const leftOut: readonly (readonly [what: string, answer: string])[] = [
  ['Digital twins (`/digitaltwins`)', '501 NotImplemented'],
  [
    'Import and export of devices (`POST /jobs/create`)',
    '400 OperationNotAvailable; there is no blob storage; copy the data directory of a stopped service',
  ],
  ['File upload', '400 DefaultStorageEndpointNotConfigured; there is no blob storage'],
  [
    'Configurations that are applied to devices by themselves',
    'stored and given back; `applyConfigurationContent` applies one to a device',
  ],
  ['Jobs for modules', '400; the condition speaks of devices'],
  ['Modules over HTTPS; emptying the queue of one', '404; modules connect over MQTT and AMQP'],
  [
    'Device streams, routing (but for `serve --twin-change-events`), message enrichment, IP filters, quotas',
    'not there',
  ],
]

export function pageOf(shown: ReadonlySet<string>): string {
  return `# What the embedded hub does, and which SDKs show it

Made by \`npm run compatibility\` from tests that passed: each ✓ is a test that drives that published SDK, unmodified, over the
network. An empty cell says that no test shows it, or that the SDK has no such operation; not that it fails.

## Back ends

${tableOf(backEndOperations, backEndSdks, shown)}

\`azure-iothub\` and \`@azure/event-hubs\` are for Node; the latter in versions 5 and 6.

## Devices

${tableOf(deviceOperations, deviceSdks, shown)}

## Left out

| | what the hub says |
| --- | --- |
${leftOut.map(([what, answer]) => `| ${what} | ${answer} |`).join('\n')}
`
}

function tableOf(operations: readonly Operation[], sdks: readonly Sdk[], shown: ReadonlySet<string>): string {
  const rows = operations.map((operation) => [
    operation,
    ...sdks.map((sdk) => (shown.has(sign(sdk, operation)) ? '✓' : '')),
  ])
  const heads = ['', ...sdks.map((sdk) => `\`${sdk.replace(/ \(.*/, '')}\`${/ \(.*/.exec(sdk)?.[0] ?? ''}`)]
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`.replace(/\| {2,}/g, '| '))
    .join('\n')
}
