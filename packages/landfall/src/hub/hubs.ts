/** Making an embedded hub, with the policies that every new hub has. */
import type { HubName } from '../ids.ts'
import { generateKey } from '../sas/key.ts'
import type { HubRight, SharedAccessPolicy } from '../sas/policy.ts'
import type { EmbeddedHubSetting } from '../store/settings.ts'
import type { Random } from '../system.ts'

/** As the cloud's, for device and policy keys of a hub (contract/iot-hub 4.8). */
export const hubKeyBytes = 32

// contract/iot-hub 2.6
const policies: readonly (readonly [name: string, rights: readonly HubRight[]])[] = [
  ['iothubowner', ['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect']],
  ['service', ['ServiceConnect']],
  ['device', ['DeviceConnect']],
  ['registryRead', ['RegistryRead']],
  ['registryReadWrite', ['RegistryRead', 'RegistryWrite']],
]

export function newEmbeddedHub({ name, random }: { name: HubName; random: Random }): EmbeddedHubSetting {
  return {
    kind: 'embedded',
    name,
    linked: true,
    policies: policies.map(([policy, rights]) => newPolicy(policy, rights, random)),
  }
}

function newPolicy(name: string, rights: readonly HubRight[], random: Random): SharedAccessPolicy<HubRight> {
  return {
    name,
    primaryKey: generateKey(random, hubKeyBytes),
    secondaryKey: generateKey(random, hubKeyBytes),
    rights,
  }
}
