// Chooses the hub of each device by the "site" of its payload: node examples/allocation-webhook.ts [PORT]
// Enroll with it: landfall enrollment-group create line-7 --allocation-policy custom \
//   --webhook-url "http://localhost:7071/allocate?code=KEY" --api-version 2021-10-01
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const [port = '7071'] = process.argv.slice(2)
const { WEBHOOK_KEY: key = 'KEY' } = process.env

interface Question {
  readonly deviceRuntimeContext: {
    readonly registrationId: string
    readonly currentIotHubHostName?: string
    readonly payload?: { readonly site?: string }
  }
  readonly linkedHubs: readonly [string, ...string[]]
}

function choose({ deviceRuntimeContext: device, linkedHubs }: Question) {
  const site = device.payload?.site ?? 'unknown'
  // a device stays where it is; a new one goes to the hub that is called after its site, or to the first
  const current = linkedHubs.find((hub) => hub === device.currentIotHubHostName)
  const iotHubHostName = current ?? linkedHubs.find((hub) => hub.startsWith(`${site}.`)) ?? linkedHubs[0]
  return { iotHubHostName, initialTwin: { tags: { site } }, payload: { site } }
}

const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (request.method !== 'POST' || searchParams.get('code') !== key) return response.writeHead(401).end()
  const question = JSON.parse(await text(request)) as Question
  const answer = choose(question)
  console.log(`${question.deviceRuntimeContext.registrationId} goes to ${answer.iotHubHostName}`)
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
})

server.listen(Number(port), 'localhost', () => {
  const address = server.address()
  console.log(`Listening on http://localhost:${typeof address === 'object' ? address?.port : port}`)
})
