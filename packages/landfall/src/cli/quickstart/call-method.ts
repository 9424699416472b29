/** One direct method call, as a back end makes it: through the hub's own service API, with a key of the hub. */
import { performance } from 'node:perf_hooks'
import { ProvisioningServiceClient } from 'landfall-client'
import type { Json } from '../../json.ts'
import { fetchTrusting } from '../trusting-fetch.ts'

export interface MethodTold {
  readonly deviceId: string
  readonly name: string
  /** The device's, or that of the hub where there was no answer. */
  readonly status: number
  readonly payload: Json
  readonly ms: number
}

interface HubKeys {
  readonly connectionStrings: Readonly<Record<string, string>>
}

const name = 'blink'

export async function callMethod(
  client: ProvisioningServiceClient,
  { deviceId, hub }: { readonly deviceId: string; readonly hub: string },
  ca: string | undefined,
): Promise<MethodTold> {
  const began = performance.now()
  const lasted = () => Math.round((performance.now() - began) * 10) / 10
  try {
    const backEnd = await backEndOf(client, hub, ca)
    const body = { methodName: name, payload: { times: 3 }, responseTimeoutInSeconds: 10 }
    const path = `/twins/${encodeURIComponent(deviceId)}/methods`
    const answer = await backEnd.request<{ status: number; payload: Json }>({ method: 'POST', path, body })
    return { deviceId, name, ...answer.body, ms: lasted() }
  } catch (error) {
    const { message, status = 0 } = error as Error & { readonly status?: number }
    return { deviceId, name, status, payload: message, ms: lasted() }
  }
}

async function backEndOf(client: ProvisioningServiceClient, hub: string, ca: string | undefined) {
  const path = `/landfall/hubs/${encodeURIComponent(hub)}?keys=true`
  const { connectionStrings } = (await client.request<HubKeys>({ method: 'GET', path })).body
  const login = connectionStrings.service ?? Object.values(connectionStrings)[0] ?? ''
  return ProvisioningServiceClient.fromConnectionString(login, ca === undefined ? {} : { fetch: fetchTrusting(ca) })
}
