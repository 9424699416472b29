/** The two keys of a shared access policy: seen on demand, made anew, swapped; each time with what that stops. */
import { Button, makeStyles } from '@fluentui/react-components'
import { ArrowSwapRegular, KeyResetRegular } from '@fluentui/react-icons'
import { type ReactNode, useState } from 'react'
import { type PolicyKeys as Keys, secondaryConnectionString, type WhichKey } from '../api/policies.ts'
import { useMay } from '../api/session.ts'
import { useText } from '../i18n/i18n.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Facts } from './facts.tsx'
import { text } from './policy-keys-text.ts'
import { Secret } from './secret.tsx'
import { useToast } from './toasts.tsx'

const useStyles = makeStyles({ buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' } })

const secrets = [
  ['primaryKey', ({ primaryKey }: Keys) => primaryKey],
  ['primaryConnectionString', ({ connectionString }: Keys) => connectionString],
  ['secondaryKey', ({ secondaryKey }: Keys) => secondaryKey],
  ['secondaryConnectionString', secondaryConnectionString],
] as const

const rotations = {
  primary: { verb: 'rotatePrimary', ask: 'askPrimary', done: 'rotatedPrimary' },
  secondary: { verb: 'rotateSecondary', ask: 'askSecondary', done: 'rotatedSecondary' },
  swap: { verb: 'rotateSwap', ask: 'askSwap', done: 'rotatedSwap' },
} as const
const kinds = ['primary', 'secondary', 'swap'] as const

export interface PolicyKeysOrder {
  readonly name: string
  /** Asked anew for each key that is shown. */
  readonly read: () => Promise<Keys>
  readonly rotate: (key: WhichKey) => Promise<unknown>
  /** What stops working when a key is made anew. */
  readonly stops: Readonly<Record<'primary' | 'secondary', ReactNode>>
}

export function PolicyKeys(order: PolicyKeysOrder) {
  const styles = useStyles()
  const say = useText(text)
  const may = useMay('KeysRead')
  const mayWrite = useMay('ManagementWrite')
  const [asked, setAsked] = useState<WhichKey>()
  // what is shown of the keys before is hidden by a new round
  const [round, setRound] = useState(0)
  if (!may) return <div>{say('noKeys')}</div>
  return (
    <>
      <div>{say('keysHelp')}</div>
      <Facts
        facts={secrets.map(([label, pick]) => [
          say(label),
          <Secret key={`${label} ${round}`} label={say(label)} read={async () => pick(await order.read())} />,
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
        <Rotate {...order} kind={asked} onDone={() => setRound(round + 1)} onClose={() => setAsked(undefined)} />
      )}
    </>
  )
}

interface RotateOrder extends PolicyKeysOrder {
  readonly kind: WhichKey
  readonly onDone: () => void
  readonly onClose: () => void
}

function Rotate({ name, rotate, stops, kind, onDone, onClose }: RotateOrder) {
  const say = useText(text)
  const toast = useToast()
  const { ask, verb, done } = rotations[kind]
  return (
    <ConfirmDialog
      open
      title={say(ask)}
      confirm={say(verb)}
      onConfirm={async () => {
        await rotate(kind)
        onDone()
        toast(say(done, { name }))
      }}
      onClose={onClose}
    >
      {kind === 'swap' ? <div>{say('swapStops')}</div> : stops[kind]}
    </ConfirmDialog>
  )
}
