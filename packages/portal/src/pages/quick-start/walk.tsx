/** The walk in four steps: what each is for, and, once it is under way, how far it has come. */
import { makeStyles, mergeClasses, Spinner, tokens } from '@fluentui/react-components'
import { CheckmarkFilled, DismissFilled } from '@fluentui/react-icons'
import type { MadeStep } from '../../api/quick-start.ts'
import { useText } from '../../i18n/i18n.ts'
import { Steps } from '../../kit/steps.tsx'
import type { Run } from './run-store.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(4, minmax(0, 1fr))',
    gap: '16px',
    '@media (max-width: 1100px)': { gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
    '@media (max-width: 760px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  stage: {
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    padding: '16px',
    borderRadius: tokens.borderRadiusLarge,
    borderTop: `4px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow4,
    transitionProperty: 'border-color',
    transitionDuration: '300ms',
  },
  running: { borderTopColor: tokens.colorBrandStroke1 },
  done: { borderTopColor: tokens.colorPaletteGreenForeground1 },
  failed: { borderTopColor: tokens.colorPaletteRedForeground1 },
  head: { display: 'flex', alignItems: 'center', gap: '10px' },
  number: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    flexShrink: 0,
    width: '32px',
    height: '32px',
    borderRadius: '50%',
    fontWeight: tokens.fontWeightSemibold,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  numberDone: { backgroundColor: tokens.colorPaletteGreenBackground2, color: tokens.colorPaletteGreenForeground2 },
  numberFailed: { backgroundColor: tokens.colorPaletteRedBackground2, color: tokens.colorPaletteRedForeground2 },
  title: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  help: { color: tokens.colorNeutralForeground2 },
})

/** Which steps of the service make up each stage. */
const stages = [
  { id: 'ca', steps: ['certificates'] },
  { id: 'proof', steps: ['upload', 'proof'] },
  { id: 'enroll', steps: ['enrollment'] },
  { id: 'devices', steps: ['device'] },
] as const satisfies readonly { readonly id: string; readonly steps: readonly MadeStep['step'][] }[]

type State = 'waiting' | 'running' | 'done' | 'failed'

export function Walk({ run }: { readonly run: Run | undefined }) {
  const styles = useStyles()
  const say = useText(text)
  const undone = run?.steps.filter(({ step }) => step === 'undo') ?? []
  return (
    <div role="group" aria-label={say('walk')} aria-busy={run?.running === true}>
      <ol className={styles.list}>
        {stages.map(({ id, steps }, index) => (
          <Stage
            key={id}
            id={id}
            number={index + 1}
            state={stateOf(index, run)}
            made={run?.steps.filter(({ step }) => steps.some((one) => one === step)) ?? []}
          />
        ))}
      </ol>
      {undone.length > 0 && <Steps steps={undone} />}
    </div>
  )
}

interface StageOrder {
  readonly id: (typeof stages)[number]['id']
  readonly number: number
  readonly state: State
  readonly made: readonly MadeStep[]
}

function Stage({ id, number, state, made }: StageOrder) {
  const styles = useStyles()
  const say = useText(text)
  const done = state === 'done'
  const failed = state === 'failed'
  return (
    <li
      className={mergeClasses(
        styles.stage,
        state === 'running' && styles.running,
        done && styles.done,
        failed && styles.failed,
      )}
    >
      <div className={styles.head}>
        <span
          aria-hidden
          className={mergeClasses(styles.number, done && styles.numberDone, failed && styles.numberFailed)}
        >
          {done ? (
            <CheckmarkFilled />
          ) : failed ? (
            <DismissFilled />
          ) : state === 'running' ? (
            <Spinner size="tiny" />
          ) : (
            number
          )}
        </span>
        <h2 className={styles.title}>{say(`${id}Title`)}</h2>
        <span className="visually-hidden" role="status">
          {state === 'waiting' ? '' : say(state)}
        </span>
      </div>
      {made.length === 0 ? <div className={styles.help}>{say(`${id}Help`)}</div> : <Steps steps={made} />}
    </li>
  )
}

function stateOf(stage: number, run: Run | undefined): State {
  if (!run) return 'waiting'
  const of = (index: number) => run.steps.filter(({ step }) => stages[index]?.steps.some((one) => one === step))
  const made = of(stage)
  if (made.some(({ ok }) => !ok)) return 'failed'
  if (run.done || stages.slice(stage + 1).some((_, later) => of(stage + 1 + later).length > 0)) return 'done'
  const whole = made.length >= (stage === 3 ? (run.order.devices ?? 1) : (stages[stage]?.steps.length ?? 1))
  if (whole) return 'done'
  const before = stage === 0 || stateOf(stage - 1, run) === 'done'
  return run.running && before ? 'running' : 'waiting'
}
