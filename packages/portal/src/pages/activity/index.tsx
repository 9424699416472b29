/** `/activity`: who changed what, when, and how it was before; of everything, or of one thing that the address names. */
import { Button } from '@fluentui/react-components'
import type { AuditKind } from '../../api/audit.ts'
import { auditKinds, useAudit } from '../../api/audit.ts'
import { useText } from '../../i18n/i18n.ts'
import { ButtonLink } from '../../kit/button-link.tsx'
import { Empty } from '../../kit/empty.tsx'
import { useListView } from '../../kit/list-view.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { hrefOf } from '../../kit/things.ts'
import { Waiting } from '../../kit/waiting.tsx'
import { Feed } from './feed.tsx'
import { Filters } from './filters.tsx'
import { text } from './text.ts'

export function Page() {
  const say = useText(text)
  const view = useListView()
  const { kind, id, actor, since, until } = view.query
  const list = useAudit({ kind, id, actor, since, until })
  const thing = isKind(kind) && id ? { kind, id } : undefined
  const narrowed = [kind, id, actor, since, until].some(Boolean)
  const showAll = () => view.change({ kind: '', id: '', actor: '', since: '', until: '' })
  return (
    <Frame
      title={thing ? say('titleOf', { thing: say(thing.kind), id: thing.id }) : say('title')}
      breadcrumb={thing && [{ label: say('title'), href: '/activity' }]}
      intro={say('intro')}
      actions={thing && <ToThing {...thing} />}
    >
      <Filters view={view} />
      {list.problem && <ProblemBar problem={list.problem} onRetry={list.refresh} />}
      {list.waiting && <Waiting for={say('reading')} />}
      {!list.waiting && !list.problem && list.rows.length === 0 && (
        <Empty
          title={say(narrowed ? 'nothingFound' : 'nothing')}
          says={say(narrowed ? 'nothingFoundHelp' : 'nothingHelp')}
          action={narrowed && <Button onClick={showAll}>{say('showAll')}</Button>}
        />
      )}
      <Feed list={list} openFirst={thing !== undefined} />
    </Frame>
  )
}

const isKind = (kind: string | undefined): kind is AuditKind => auditKinds.some((one) => one === kind)

function ToThing({ kind, id }: { readonly kind: AuditKind; readonly id: string }) {
  const say = useText(text)
  const href = hrefOf(kind, id)
  return href && <ButtonLink href={href}>{say('toThing')}</ButtonLink>
}
