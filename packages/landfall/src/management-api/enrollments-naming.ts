/** Enrollments that name a hub which is linked no more: their devices fail to register (contract/management 4.9). */
import type { HubName } from '../ids.ts'
import type { Room } from './call.ts'

/** Enough to know where to look. */
const mostNamed = 5

export async function enrollmentsNaming(hubs: readonly HubName[], room: Room): Promise<readonly string[]> {
  return (await Promise.all(hubs.map((hub) => warningOf(hub, room)))).flat()
}

async function warningOf(hub: HubName, { store }: Room): Promise<readonly string[]> {
  const page = { limit: mostNamed, where: { field: 'hub', equals: hub } } as const
  const [groups, individuals] = await Promise.all([store.groups(page), store.individuals(page)])
  const named = [
    ...groups.items.map(({ groupId }) => `the enrollment group "${groupId}"`),
    ...individuals.items.map(({ registrationId }) => `the individual enrollment "${registrationId}"`),
  ]
  if (named.length === 0) return []
  const more = groups.next === undefined && individuals.next === undefined ? '' : ' and others'
  return [
    `The hub "${hub}" is unlinked, but named by ${named.join(', ')}${more}: devices that belong there fail to register.`,
  ]
}
