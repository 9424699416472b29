/** The hubs that devices are assigned to (contract/management 4, 7.3). */
import { ThingPages } from '../../kit/thing-pages.tsx'
import { Details } from './details.tsx'
import { LinkHub } from './link-hub.tsx'
import { HubList } from './list.tsx'

export const Page = () => (
  <ThingPages
    href="/hubs"
    list={<HubList />}
    add={<LinkHub />}
    details={(name) => <Details key={name} name={name} />}
  />
)
