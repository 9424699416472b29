/** What of the log is looked at: kept in the address, so that a link shows the same. */
import { Input, makeStyles, Select, tokens } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { auditKinds } from '../../api/audit.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { useFilterHelp } from '../../kit/filter-help.tsx'
import type { ListView } from '../../kit/list-view.ts'
import { fromLocal, toLocal } from './local-time.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  box: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto',
    alignItems: 'end',
    gap: '12px 4px',
    padding: '12px 16px 16px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow4,
  },
  bar: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(170px, 100%), 1fr))',
    gap: '8px 12px',
    // native date and select boxes have a width of their own
    '& .fui-Input, & .fui-Select, & .fui-Select__select': { minWidth: 0 },
    '& .fui-Input__input': { minWidth: 0, width: '100%' },
  },
  help: { gridColumn: '1 / -1' },
})

const members = ['kind', 'id', 'actor', 'since', 'until'] as const

export function Filters({ view }: { readonly view: ListView }) {
  const styles = useStyles()
  const say = useText(text)
  const { kind = '', since = '', until = '' } = view.query
  const explained = useFilterHelp(members.map((one) => ({ label: say(one), help: say(`${one}FilterHelp`) })))
  return (
    <search className={styles.box} aria-label={say('filters')}>
      <div className={styles.bar}>
        <Field label={say('kind')}>
          <Select value={kind} onChange={(_, { value }) => view.change({ kind: value })}>
            <option value="">{say('allKinds')}</option>
            {auditKinds.map((one) => (
              <option key={one} value={one}>
                {say(one)}
              </option>
            ))}
          </Select>
        </Field>
        <Typed view={view} member="id" label={say('id')} />
        <Typed view={view} member="actor" label={say('actor')} />
        <Field label={say('since')}>
          <Input
            type="datetime-local"
            value={toLocal(since)}
            onChange={(_, { value }) => view.change({ since: fromLocal(value) })}
          />
        </Field>
        <Field label={say('until')}>
          <Input
            type="datetime-local"
            value={toLocal(until)}
            onChange={(_, { value }) => view.change({ until: fromLocal(value) })}
          />
        </Field>
      </div>
      {explained.button}
      {explained.help && <div className={styles.help}>{explained.help}</div>}
    </search>
  )
}

interface TypedOrder {
  readonly view: ListView
  readonly member: 'id' | 'actor'
  readonly label: string
}

/** Sought when it is typed to the end: the log knows whole ids and names. */
const typingMs = 400

function Typed({ view, member, label }: TypedOrder) {
  const asked = view.query[member] ?? ''
  const [typed, setTyped] = useState(asked)
  useEffect(() => setTyped(asked), [asked])
  useEffect(() => {
    if (typed.trim() === asked) return
    const timer = setTimeout(() => view.change({ [member]: typed.trim() }), typingMs)
    return () => clearTimeout(timer)
  }, [typed, asked, member, view])
  return (
    <Field label={label}>
      <Input type="search" spellCheck={false} value={typed} onChange={(_, { value }) => setTyped(value)} />
    </Field>
  )
}
