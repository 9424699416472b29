/** Under which names this service is reached: its own, and those of the hubs that it is at this moment. */
import type { HubName } from '../ids.ts'
import type { Settings } from '../store/settings.ts'

export type Names = readonly [string, ...string[]]

/** For the server certificate, and for the resource or audience of a token. */
export function namesOf([first, ...own]: Names, settings: Pick<Settings, 'hubs'> | undefined): Names {
  const hubs = (settings?.hubs ?? []).filter(({ kind }) => kind === 'embedded').map(({ name }): HubName => name)
  // the default hub, and often a standard name, is called what the service is called
  return [first, ...new Set([...own, ...hubs].filter((name) => name !== first))]
}
