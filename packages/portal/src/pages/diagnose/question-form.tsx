/** What a device shows: certificates, a key, a token, or nothing but its id. */
import { Button, Input, makeStyles, Select, tokens } from '@fluentui/react-components'
import { LockClosedRegular } from '@fluentui/react-icons'
import { type FormEvent, useState } from 'react'
import type { Question } from '../../api/diagnose.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { Section } from '../../kit/section.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { ChainInput } from './chain-input.tsx'
import { KeyInput, TokenInput } from './key-input.tsx'
import {
  type Beginning,
  type Draft,
  type EvidenceKind,
  emptyDraft,
  evidenceKinds,
  questionOf,
  wrongWith,
} from './question.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  row: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(220px, 100%), 1fr))',
    gap: '16px',
    alignItems: 'start',
  },
  foot: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px' },
  kept: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    '& svg': { flexShrink: 0 },
  },
})

interface FormOrder {
  /** Of the link that led here. */
  readonly beginning: Beginning
  readonly busy: boolean
  readonly onAsk: (question: Question) => void
}

export function QuestionForm({ beginning, busy, onAsk }: FormOrder) {
  const styles = useStyles()
  const say = useText(text)
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(beginning))
  const [asked, setAsked] = useState(false)
  const change = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }))
  const wrong = wrongWith(draft)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (!wrong) onAsk(questionOf(draft))
  }
  const shown = asked ? wrong : undefined
  return (
    <Section title={say('device')}>
      <form className={styles.form} onSubmit={submit} noValidate autoComplete="off">
        <Tabs
          label={say('shows')}
          tabs={evidenceKinds.map((value) => ({ value, label: say(`${value}Tab`) }))}
          value={draft.evidence}
          onChange={(evidence: EvidenceKind) => change({ evidence })}
        >
          <Field
            label={say('registrationId')}
            hint={say(draft.evidence === 'chain' ? 'idOfCertificate' : 'idHint')}
            required={draft.evidence !== 'chain'}
            error={shown === 'noId' ? say('noId') : undefined}
          >
            <Input
              value={draft.registrationId}
              spellCheck={false}
              onChange={(_, { value }) => change({ registrationId: value })}
            />
          </Field>
          {draft.evidence === 'chain' && <ChainInput draft={draft} change={change} wrong={shown} />}
          {draft.evidence === 'key' && <KeyInput draft={draft} change={change} wrong={shown} />}
          {draft.evidence === 'token' && <TokenInput draft={draft} change={change} wrong={shown} />}
          {draft.evidence === 'id' && <div>{say('idHelp')}</div>}
        </Tabs>
        <div className={styles.row}>
          <Field label={say('transport')} hint={say('transportHelp')}>
            <Select
              value={draft.transport}
              onChange={(_, { value }) => change({ transport: value as Draft['transport'] })}
            >
              <option value="https">HTTPS</option>
              <option value="mqtt">MQTT</option>
              <option value="mqttWs">{say('mqttWs')}</option>
              <option value="amqp">AMQP</option>
              <option value="amqpWs">{say('amqpWs')}</option>
            </Select>
          </Field>
          <Field label={say('at')} hint={say('atHint')} error={shown === 'noTime' ? say('noTime') : undefined}>
            <Input type="datetime-local" value={draft.at} onChange={(_, { value }) => change({ at: value })} />
          </Field>
        </div>
        <div className={styles.foot}>
          <Button appearance="primary" type="submit" disabled={busy}>
            {say('diagnose')}
          </Button>
          <span className={styles.kept}>
            <LockClosedRegular aria-hidden />
            {say('notKept')}
          </span>
        </div>
      </form>
    </Section>
  )
}
