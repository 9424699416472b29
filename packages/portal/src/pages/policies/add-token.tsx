/** A new token; its secret is in the answer, on this page, and nowhere else. */
import { Input, Select } from '@fluentui/react-components'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type Role, useAddToken } from '../../api/tokens.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { Form } from '../../kit/form.tsx'
import { FormBar } from '../../kit/form-bar.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { Section } from '../../kit/section.tsx'
import { text } from './text.ts'
import { Ticks } from './ticks.tsx'
import { type MadeToken, TokenMade } from './token-made.tsx'
import { tokensText } from './tokens-text.ts'

const roles = ['reader', 'contributor', 'data-owner'] as const

interface Draft {
  readonly name: string
  readonly roles: readonly Role[]
  /** A number of days, `never` or `date`. */
  readonly ends: string
  readonly date: string
}
const blank: Draft = { name: '', roles: [], ends: '90', date: '' }

export function AddToken() {
  const say = useText(tokensText)
  const ofPolicies = useText(text)
  const [made, setMade] = useState<MadeToken>()
  return (
    <Frame
      title={say('create')}
      breadcrumb={[
        { label: ofPolicies('title'), href: '/policies' },
        { label: say('title'), href: '/policies?tab=tokens' },
      ]}
    >
      {made ? <TokenMade made={made} /> : <TokenForm onMade={setMade} />}
    </Frame>
  )
}

function TokenForm({ onMade }: { readonly onMade: (made: MadeToken) => void }) {
  const say = useText(tokensText)
  const [, navigate] = useLocation()
  const add = useAddToken()
  const [draft, setDraft] = useState(blank)
  const [tried, setTried] = useState(false)
  const change = (patch: Partial<Draft>) => setDraft({ ...draft, ...patch })
  const wrongDate = draft.ends === 'date' && !(endOf(draft.date) > Date.now())
  const submit = async () => {
    setTried(true)
    if (draft.name.trim() === '' || draft.roles.length === 0 || wrongDate) return
    const made = await add.mutateAsync(orderOf(draft))
    // the answer holds the secret: this page has it now, the cache of answers shall not
    add.reset()
    onMade(made)
  }
  return (
    <Form onSubmit={submit}>
      <Section title={say('nameAndRoles')}>
        <Field
          label={say('name')}
          hint={say('nameHelp')}
          required
          error={tried && draft.name.trim() === '' ? say('needsName') : undefined}
        >
          <Input
            value={draft.name}
            autoComplete="off"
            spellCheck={false}
            onChange={(_, { value }) => change({ name: value })}
          />
        </Field>
        <Ticks
          label={say('roles')}
          hint={say('rolesHelp')}
          error={tried && draft.roles.length === 0 ? say('needsRole') : undefined}
          values={roles}
          helpOf={(role) => say(`${role}Help`)}
          ticked={draft.roles}
          onChange={(ticked) => change({ roles: ticked })}
        />
        <Field label={say('expiry')} hint={say('expiryHelp')}>
          <Select value={draft.ends} onChange={(_, { value }) => change({ ends: value })}>
            {[7, 30, 90].map((count) => (
              <option key={count} value={count}>
                {say('days', { count })}
              </option>
            ))}
            <option value="365">{say('year')}</option>
            <option value="date">{say('onDate')}</option>
            <option value="never">{say('never')}</option>
          </Select>
        </Field>
        {draft.ends === 'date' && (
          <Field
            label={say('date')}
            hint={say('dateHelp')}
            required
            error={tried && wrongDate ? say('needsDate') : undefined}
          >
            <Input type="date" value={draft.date} onChange={(_, { value }) => change({ date: value })} />
          </Field>
        )}
      </Section>
      <FormBar
        dirty={draft !== blank}
        busy={add.isPending}
        problem={add.error}
        saveLabel={say('create')}
        onCancel={() => navigate('/policies?tab=tokens')}
      />
    </Form>
  )
}

/** The last moment of the day that was chosen, where the reader is. */
const endOf = (date: string): number => Date.parse(`${date}T23:59:59`)

function orderOf({ name, roles: ticked, ends, date }: Draft) {
  const order = { name: name.trim(), roles: ticked }
  if (ends === 'never') return order
  return ends === 'date'
    ? { ...order, expiresUtc: new Date(endOf(date)).toISOString() }
    : { ...order, days: Number(ends) }
}
