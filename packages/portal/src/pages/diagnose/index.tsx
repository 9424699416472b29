/** What would be done about a device, and why, without doing it. What is put in here is in this page's memory only. */
import { makeStyles } from '@fluentui/react-components'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { type Diagnosis, diagnose, type Question } from '../../api/diagnose.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { Answer } from './answer.tsx'
import { OfGroup, useEvidenceOf } from './of-group.tsx'
import { QuestionForm } from './question-form.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({ answer: { display: 'flex', flexDirection: 'column', gap: '16px' } })

type State =
  | { readonly kind: 'idle' | 'asking' }
  | { readonly kind: 'answered'; readonly diagnosis: Diagnosis }
  | { readonly kind: 'wrong'; readonly problem: unknown }

export function Page() {
  const styles = useStyles()
  const say = useText(text)
  const [params] = useSearchParams()
  const linked = params.get('registrationId') ?? ''
  const group = params.get('group')
  const { state, ask } = useDiagnosis()
  const answer = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (linked !== '') ask({ registrationId: linked })
  }, [linked, ask])
  useEffect(() => {
    if (state.kind === 'answered') answer.current?.scrollIntoView({ block: 'start' })
  }, [state])
  return (
    <Frame title={say('title')} intro={say('intro')}>
      {group === null ? (
        <QuestionForm key={linked} beginning={{ registrationId: linked }} busy={state.kind === 'asking'} onAsk={ask} />
      ) : (
        <AskOfGroup key={group} id={group} busy={state.kind === 'asking'} onAsk={ask} />
      )}
      <div ref={answer} aria-live="polite" className={styles.answer}>
        {state.kind === 'asking' && <Waiting for={say('asking')} />}
        {state.kind === 'wrong' && <ProblemBar problem={state.problem} />}
        {state.kind === 'answered' && <Answer diagnosis={state.diagnosis} />}
      </div>
      {state.kind === 'idle' && (
        <Section title={say('fromAShell')}>
          <div>{say('manyHelp')}</div>
          <CopyBox label={say('command')} value="landfall diagnose --csv devices.csv" />
          <div>{say('listenHelp')}</div>
          <CopyBox label={say('command')} value="landfall diagnose --listen --https-port 443 --mqtt-port 8883" />
        </Section>
      )}
    </Frame>
  )
}

interface OfGroupOrder {
  readonly id: string
  readonly busy: boolean
  readonly onAsk: (question: Question) => void
}

function AskOfGroup({ id, busy, onAsk }: OfGroupOrder) {
  const evidence = useEvidenceOf(id)
  return (
    <>
      <OfGroup id={id} />
      <QuestionForm key={evidence} beginning={{ evidence }} busy={busy} onAsk={onAsk} />
    </>
  )
}

/** Not a query or a mutation: those would keep what was sent, and keys are sent. */
function useDiagnosis() {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const running = useRef<AbortController>(undefined)
  const ask = useCallback((question: Question) => {
    running.current?.abort()
    const current = new AbortController()
    running.current = current
    const show = (next: State) => !current.signal.aborted && setState(next)
    show({ kind: 'asking' })
    diagnose(question, current.signal).then(
      (diagnosis) => show({ kind: 'answered', diagnosis }),
      (problem: unknown) => show({ kind: 'wrong', problem }),
    )
  }, [])
  useEffect(() => () => running.current?.abort(), [])
  return { state, ask }
}
