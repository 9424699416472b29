/** The way in: a connection string, a policy and its key, a token, or the token that a link offers. */
import {
  Button,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Textarea,
  tokens,
  typographyStyles,
} from '@fluentui/react-components'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { asProblem, type Problem } from '../api/problem.ts'
import { isKey, makeSasToken, type PolicyKey, parseConnectionString } from '../api/sas-token.ts'
import { serviceTime } from '../api/service-time.ts'
import { signIn, useSessionState } from '../api/session.ts'
import { useText } from '../i18n/i18n.ts'
import { Field } from '../kit/field.tsx'
import { ProblemBar } from '../kit/problem-bar.tsx'
import { Tabs } from '../kit/tabs.tsx'
import { dropOfferedToken, nameInToken, useOfferedToken } from './offered-token.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  page: {
    minHeight: '100dvh',
    display: 'grid',
    placeItems: 'center',
    padding: '16px',
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  card: {
    display: 'flex',
    flexDirection: 'column',
    gap: '16px',
    width: '100%',
    maxWidth: '460px',
    padding: '24px',
    boxSizing: 'border-box',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow8,
  },
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  title: { ...typographyStyles.title2, margin: 0 },
})

type Way = 'connectionString' | 'policy' | 'token'

export function SignIn() {
  const styles = useStyles()
  const say = useText(text)
  const offered = useOfferedToken()
  useEffect(() => {
    document.title = say('signInTitle')
  })
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1 className={styles.title}>{say('signInTitle')}</h1>
        {offered === undefined ? <Ways /> : <Offered token={offered} />}
      </div>
    </main>
  )
}

/** One attempt at a time, with what the service said about the last one. */
function useAttempt() {
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const attempt = async (authorization: () => Promise<string>) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await signIn(await authorization())
      dropOfferedToken()
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy(false)
    }
  }
  return { problem, busy, attempt }
}

function Offered({ token }: { readonly token: string }) {
  const styles = useStyles()
  const say = useText(text)
  const state = useSessionState()
  const { problem, busy, attempt } = useAttempt()
  const name = nameInToken(token)
  return (
    <div className={styles.form}>
      <div>{say('signInOffered')}</div>
      {state.kind === 'here' && <div>{say('signInOfferedInstead', { name: state.session.actor.name })}</div>}
      {problem && <ProblemBar problem={problem} />}
      <Button
        appearance="primary"
        size="large"
        disabled={busy}
        onClick={() => void attempt(async () => `Bearer ${token}`)}
      >
        {name === undefined ? say('signInWithLink') : say('signInAs', { name })}
      </Button>
      <Button onClick={dropOfferedToken}>{say('notNow')}</Button>
    </div>
  )
}

function Ways() {
  const say = useText(text)
  const state = useSessionState()
  const [way, setWay] = useState<Way>('connectionString')
  const because = state.kind === 'none' ? state.because : undefined
  return (
    <>
      {because && (
        <MessageBar intent={because === 'ended' ? 'warning' : 'info'} layout="multiline">
          <MessageBarBody>{say(because === 'ended' ? 'sessionEnded' : 'signedOut')}</MessageBarBody>
        </MessageBar>
      )}
      <Tabs
        label={say('signIn')}
        tabs={[
          { value: 'connectionString', label: say('bySharedKey') },
          { value: 'policy', label: say('byPolicy') },
          { value: 'token', label: say('byToken') },
        ]}
        value={way}
        onChange={setWay}
      >
        {way === 'connectionString' && <ByConnectionString />}
        {way === 'policy' && <ByPolicy />}
        {way === 'token' && <ByToken />}
      </Tabs>
    </>
  )
}

/** By the service's clock: a browser whose own is wrong can sign in as well. */
const tokenOf = (key: PolicyKey) => makeSasToken(key, window.location.hostname, serviceTime())

function ByConnectionString() {
  const say = useText(text)
  const [value, setValue] = useState('')
  const { attempt, ...state } = useAttempt()
  const parsed = parseConnectionString(value)
  const submit = () => {
    setValue('')
    if (parsed) void attempt(() => tokenOf(parsed))
  }
  return (
    <Form {...state} onSubmit={submit} wrong={value !== '' && !parsed} empty={value === ''}>
      {(showErrors) => (
        <Field
          label={say('connectionString')}
          help={say('connectionStringHelp')}
          required
          error={showErrors && !parsed ? say(value === '' ? 'required' : 'connectionStringWrong') : undefined}
        >
          <Input type="password" autoComplete="off" value={value} onChange={(_, data) => setValue(data.value)} />
        </Field>
      )}
    </Form>
  )
}

function ByPolicy() {
  const say = useText(text)
  const [policyName, setPolicyName] = useState('')
  const [key, setKey] = useState('')
  const { attempt, ...state } = useAttempt()
  const submit = () => {
    setKey('')
    void attempt(() => tokenOf({ policyName: policyName.trim(), key }))
  }
  const keyError = key === '' ? say('required') : isKey(key) ? undefined : say('keyWrong')
  return (
    <Form {...state} onSubmit={submit} wrong={keyError !== undefined} empty={policyName.trim() === '' || key === ''}>
      {(showErrors) => (
        <>
          <Field
            label={say('policyName')}
            hint={say('policyNameHelp')}
            required
            error={showErrors && policyName.trim() === '' ? say('required') : undefined}
          >
            <Input autoComplete="off" value={policyName} onChange={(_, data) => setPolicyName(data.value)} />
          </Field>
          <Field label={say('key')} help={say('keyHelp')} required error={showErrors ? keyError : undefined}>
            <Input type="password" autoComplete="off" value={key} onChange={(_, data) => setKey(data.value)} />
          </Field>
        </>
      )}
    </Form>
  )
}

function ByToken() {
  const say = useText(text)
  const [value, setValue] = useState('')
  const { attempt, ...state } = useAttempt()
  const submit = () => {
    setValue('')
    void attempt(async () => `Bearer ${value.trim().replace(/^bearer\s+/i, '')}`)
  }
  return (
    <Form {...state} onSubmit={submit} wrong={false} empty={value.trim() === ''}>
      {(showErrors) => (
        <Field
          label={say('token')}
          help={say('tokenHelp')}
          required
          error={showErrors && value.trim() === '' ? say('required') : undefined}
        >
          <Textarea
            rows={4}
            autoComplete="off"
            spellCheck={false}
            value={value}
            onChange={(_, data) => setValue(data.value)}
          />
        </Field>
      )}
    </Form>
  )
}

interface FormOrder {
  readonly problem: Problem | undefined
  readonly busy: boolean
  readonly wrong: boolean
  readonly empty: boolean
  readonly onSubmit: () => void
  readonly children: (showErrors: boolean) => ReactNode
}

function Form({ problem, busy, wrong, empty, onSubmit, children }: FormOrder) {
  const styles = useStyles()
  const say = useText(text)
  const [tried, setTried] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const fine = !wrong && !empty
    setTried(!fine)
    if (fine) onSubmit()
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {problem && <ProblemBar problem={problem} />}
      {problem?.retryAfterSeconds && <div>{say('retryAfter', { count: problem.retryAfterSeconds })}</div>}
      {children(tried)}
      <Button type="submit" appearance="primary" size="large" disabled={busy}>
        {say('signIn')}
      </Button>
    </form>
  )
}
