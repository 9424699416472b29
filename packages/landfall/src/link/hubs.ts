/** The hubs of the settings, as the engine reaches them. */
import type { Log } from '../observe/log.ts'
import type { HubLink, Hubs, LinkedHub } from '../registration/hub.ts'
import type { HubSetting, Settings } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Random, Timers } from '../system.ts'
import { azureHub } from './azure.ts'
import { embeddedHub } from './embedded.ts'

export interface Linking {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
}

/** Read from the settings each time, so that a hub linked a moment ago is there. */
export function linkHubs(linking: Linking): Hubs {
  const { store } = linking
  const hubsOf = async (settings: Settings | undefined) => (settings ?? (await store.settings()))?.hubs ?? []
  return {
    linked: async (settings) => (await hubsOf(settings)).filter(({ linked }) => linked).map(linkedHubOf),
    async open(name, settings) {
      const setting = (await hubsOf(settings)).find((hub) => hub.name === name)
      return setting && open(setting, linking)
    },
  }
}

function linkedHubOf({ name, allocationWeight = 1, applyAllocationPolicy = true, location }: HubSetting): LinkedHub {
  return { name, weight: allocationWeight, applyAllocationPolicy, location }
}

function open(setting: HubSetting, linking: Linking): HubLink {
  return setting.kind === 'embedded'
    ? embeddedHub({ name: setting.name, store: linking.store, random: linking.random })
    : azureHub({ setting, ...linking })
}
