/** The two keys of a policy: seen on demand, made anew, swapped; each time with what that stops. */
import { Button, makeStyles } from '@fluentui/react-components'
import { ArrowSwapRegular, KeyResetRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { policyKeys, secondaryConnectionString, useRotatePolicy } from '../../api/policies.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { ConfirmDialog } from '../../kit/confirm-dialog.tsx'
import { Facts } from '../../kit/facts.tsx'
import { Secret } from '../../kit/secret.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { Yours } from './details.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({ buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' } })

const secrets = [
  ['primaryKey', async (name: string) => (await policyKeys(name)).primaryKey],
  ['primaryConnectionString', async (name: string) => (await policyKeys(name)).connectionString],
  ['secondaryKey', async (name: string) => (await policyKeys(name)).secondaryKey],
  ['secondaryConnectionString', async (name: string) => secondaryConnectionString(await policyKeys(name))],
] as const

const rotations = {
  primary: { verb: 'rotatePrimary', ask: 'askPrimary', stops: 'primaryStops', done: 'rotatedPrimary' },
  secondary: { verb: 'rotateSecondary', ask: 'askSecondary', stops: 'secondaryStops', done: 'rotatedSecondary' },
  swap: { verb: 'rotateSwap', ask: 'askSwap', stops: 'swapStops', done: 'rotatedSwap' },
} as const
type Rotation = keyof typeof rotations
const kinds = ['primary', 'secondary', 'swap'] as const

export function Keys({ name }: { readonly name: string }) {
  const styles = useStyles()
  const say = useText(text)
  const may = useMay('KeysRead')
  const mayWrite = useMay('ManagementWrite')
  const [asked, setAsked] = useState<Rotation>()
  // what is shown of the keys before is hidden by a new round
  const [round, setRound] = useState(0)
  if (!may) return <Section title={say('keys')}>{say('noKeys')}</Section>
  return (
    <Section title={say('keys')}>
      <div>{say('keysHelp')}</div>
      <Facts
        facts={secrets.map(([label, read]) => [
          say(label),
          <Secret key={`${label} ${round}`} label={say(label)} read={() => read(name)} />,
        ])}
      />
      {mayWrite && (
        <div className={styles.buttons}>
          {kinds.map((kind) => (
            <Button
              key={kind}
              icon={kind === 'swap' ? <ArrowSwapRegular /> : <KeyResetRegular />}
              onClick={() => setAsked(kind)}
            >
              {say(rotations[kind].verb)}
            </Button>
          ))}
        </div>
      )}
      {asked && (
        <Rotate name={name} kind={asked} onDone={() => setRound(round + 1)} onClose={() => setAsked(undefined)} />
      )}
    </Section>
  )
}

interface RotateOrder {
  readonly name: string
  readonly kind: Rotation
  readonly onDone: () => void
  readonly onClose: () => void
}

function Rotate({ name, kind, onDone, onClose }: RotateOrder) {
  const say = useText(text)
  const toast = useToast()
  const rotate = useRotatePolicy()
  const { ask, verb, stops, done } = rotations[kind]
  return (
    <ConfirmDialog
      open
      title={say(ask)}
      confirm={say(verb)}
      onConfirm={async () => {
        await rotate.mutateAsync({ name, key: kind })
        onDone()
        toast(say(done, { name }))
      }}
      onClose={onClose}
    >
      <div>{say(stops)}</div>
      {kind !== 'swap' && <Yours name={name} />}
    </ConfirmDialog>
  )
}
