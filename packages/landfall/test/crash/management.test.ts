/** contract/management 10, line 21: kill -9 right after a change of the service was answered, and nothing of it is lost. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tokenOf } from '../contract/rig.ts'
import { httpsFetch } from '../https-fetch.ts'
import { type ServiceProcess, serve } from '../process.ts'

const path =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.Devices/provisioningServices/landfall?api-version=2022-12-12'

async function ask({ connection }: ServiceProcess, method: string, body?: object) {
  const answer = await httpsFetch(connection.rootCaPath)(`https://localhost:${connection.ports.https}${path}`, {
    method,
    headers: { authorization: tokenOf(connection.serviceConnectionString), 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  return (await answer.json()) as { etag: string; tags: object; properties: { iotHubs: { name: string }[] } }
}

test('a PUT that was answered is there after kill -9, etag and all', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-kill-'))
  let service = await serve(dir)
  try {
    const hubs = [{ hostName: 'localhost' }, { hostName: 'second.example' }]
    const put = await ask(service, 'PUT', { tags: { plant: '7' }, properties: { iotHubs: hubs } })
    expect(put.properties.iotHubs).toHaveLength(2)
    await service.end('SIGKILL')
    service = await serve(dir)
    expect(await ask(service, 'GET')).toMatchObject({
      etag: put.etag,
      tags: { plant: '7' },
      properties: { iotHubs: put.properties.iotHubs },
    })
  } finally {
    await service.end('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
})
