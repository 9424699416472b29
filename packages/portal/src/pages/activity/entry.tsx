/** One change: a sentence who did what to what, the gist of it, and the whole when it is opened. */
import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { ChevronDownRegular, ChevronRightRegular } from '@fluentui/react-icons'
import { useId, useState } from 'react'
import type { AuditEntry } from '../../api/audit.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { hrefOf } from '../../kit/things.ts'
import { Timestamp } from '../../kit/timestamp.tsx'
import { type Difference, differencesOf, isSecret, masked, textOf } from './diff.ts'
import { DiffView } from './diff-view.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  item: {
    padding: '10px 0',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    ':first-child': { borderTop: 'none' },
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 10px' },
  kind: { color: tokens.colorNeutralForeground2 },
  when: {
    marginLeft: 'auto',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    '@media (max-width: 760px)': { marginLeft: 0, flexBasis: '100%' },
  },
  who: {
    paddingLeft: '34px',
    '@media (max-width: 760px)': { paddingLeft: 0 },
    marginTop: '2px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
  gist: { color: tokens.colorNeutralForeground1 },
  whole: { marginTop: '8px', paddingLeft: '34px', '@media (max-width: 760px)': { paddingLeft: 0 } },
})

interface EntryOrder {
  readonly entry: AuditEntry
  readonly startsOpen: boolean
}

export function Entry({ entry, startsOpen }: EntryOrder) {
  const styles = useStyles()
  const say = useText(text)
  const id = useId()
  const [open, setOpen] = useState(startsOpen)
  const { action, target, at } = entry
  const differences = differencesOf(entry.before, entry.after)
  const name = say(open ? 'hideChange' : 'showChange', { thing: say(target.kind), id: target.id })
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <Button
          size="small"
          appearance="subtle"
          icon={open ? <ChevronDownRegular /> : <ChevronRightRegular />}
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          aria-label={name}
          title={name}
          onClick={() => setOpen(!open)}
        />
        <StatusBadge status={action} />
        <span className={styles.kind}>{say(target.kind)}</span>
        <ThingLink target={target} />
        {action === 'update' && <span className={styles.gist}>{gistOf(differences, say)}</span>}
        <span className={styles.when}>
          <Time at={at} />
        </span>
      </div>
      <Who {...entry} />
      {open && (
        <div id={id} className={styles.whole}>
          <DiffView differences={differences} shortened={entry.shortened} />
        </div>
      )}
    </li>
  )
}

function ThingLink({ target: { kind, id, hub } }: Pick<AuditEntry, 'target'>) {
  const say = useText(text)
  const href = hrefOf(kind, id)
  return (
    <span>
      {href === undefined ? <strong>{id}</strong> : <Link href={href}>{id}</Link>}
      {hub !== undefined && ` ${say('onHub', { hub })}`}
    </span>
  )
}

function Time({ at }: { readonly at: string }) {
  const format = useFormat()
  return (
    <>
      {format.time(at)} (<Timestamp at={at} show="relative" />)
    </>
  )
}

function Who({ actor, remoteAddress, request, target, number }: AuditEntry) {
  const styles = useStyles()
  const say = useText(text)
  const known = actorKinds.find((kind) => kind === actor.kind) ?? 'policy'
  const facts = [
    actor.hub !== undefined && say('ofHub', { hub: actor.hub }),
    remoteAddress !== undefined && say('from', { address: remoteAddress }),
    request,
    say('number', { number }),
  ]
  return (
    <div className={styles.who}>
      {say(`by_${known}`)} <Link href={`/activity?actor=${encodeURIComponent(actor.name)}`}>{actor.name}</Link>
      {` · ${facts.filter(Boolean).join(' · ')} · `}
      <Link href={`/activity?kind=${target.kind}&id=${encodeURIComponent(target.id)}`}>{say('allOfIt')}</Link>
    </div>
  )
}

const actorKinds = ['policy', 'token', 'issuer', 'device', 'service'] as const

/** The first change in a few words: `provisioningStatus: enabled → disabled, and 2 more`. */
function gistOf(
  [first, ...more]: readonly Difference[],
  say: ReturnType<typeof useText<(typeof text)['keys'][number]>>,
): string {
  if (!first) return say('same')
  const [was, is] = [short(masked(textOf(first.before))), short(masked(textOf(first.after)))]
  const secret = isSecret(first.before) || isSecret(first.after)
  const told = secret ? say('secretChanged') : first.kind === 'changed' ? `${was} → ${is}` : say(first.kind)
  const gist = first.path === '' ? told : `${first.path}: ${told}`
  return more.length === 0 ? gist : say('andMore', { gist, count: more.length })
}

const longest = 40
const short = (value: string) => (value.length > longest ? `${value.slice(0, longest)}…` : value)
