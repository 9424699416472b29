/** Asks, does it while showing how far it is, and tells what could not be done, by name. */
import { Button, makeStyles, ProgressBar, tokens } from '@fluentui/react-components'
import { type ReactNode, useState } from 'react'
import { useText } from '../i18n/i18n.ts'
import { Dialog } from './dialog.tsx'
import type { Failure } from './each.ts'
import { ProblemBar } from './problem-bar.tsx'
import { SmallTable } from './small-table.tsx'
import { text } from './text.ts'
import { useToast } from './toasts.tsx'

export interface Progress {
  readonly says: string
  readonly done: number
  readonly total: number
}

export interface Work {
  /** What was done, in a sentence. */
  readonly says: string
  readonly failures: readonly Failure[]
}

export interface WorkOrder {
  readonly title: string
  /** The verb on the button. */
  readonly confirm: string
  /** What will happen, and to what. */
  readonly children: ReactNode
  readonly run: (tell: (progress: Progress) => void) => Promise<Work>
  /** Something was done; the dialog may still be open to tell what was not. */
  readonly onDone: () => void
  readonly onClose: () => void
}

const useStyles = makeStyles({
  failures: { maxHeight: '280px', overflowY: 'auto' },
  count: { color: tokens.colorNeutralForeground2 },
})

const begun: Progress = { says: '', done: 0, total: 0 }

export function WorkDialog({ title, confirm, children, run, onDone, onClose }: WorkOrder) {
  const say = useText(text)
  const toast = useToast()
  const [progress, setProgress] = useState<Progress>()
  const [outcome, setOutcome] = useState<Work>()
  const [problem, setProblem] = useState<unknown>()
  const busy = progress !== undefined
  const go = async () => {
    setProblem(undefined)
    setProgress(begun)
    try {
      const work = await run(setProgress)
      onDone()
      if (work.failures.length > 0) return setOutcome(work)
      toast(work.says)
      onClose()
    } catch (error) {
      setProblem(error)
    } finally {
      setProgress(undefined)
    }
  }
  return (
    <Dialog
      open
      title={outcome ? say('notAll') : title}
      onClose={() => !busy && onClose()}
      actions={
        <>
          {!outcome && (
            <Button appearance="primary" disabled={busy} onClick={() => void go()}>
              {confirm}
            </Button>
          )}
          <Button disabled={busy} onClick={onClose}>
            {say(outcome ? 'close' : 'cancel')}
          </Button>
        </>
      }
    >
      {problem !== undefined && <ProblemBar problem={problem} />}
      {!busy && !outcome && children}
      {busy && <HowFar progress={progress} />}
      {outcome && <NotDone outcome={outcome} />}
    </Dialog>
  )
}

function HowFar({ progress: { says, done, total } }: { readonly progress: Progress }) {
  const styles = useStyles()
  const say = useText(text)
  const label = says || say('working')
  return (
    <div role="status">
      <div>{label}</div>
      <ProgressBar aria-label={label} value={done} max={Math.max(1, total)} />
      {total > 0 && <div className={styles.count}>{say('ofTotal', { done, total })}</div>}
    </div>
  )
}

function NotDone({ outcome: { says, failures } }: { readonly outcome: Work }) {
  const styles = useStyles()
  const say = useText(text)
  const label = say('notDone', { count: failures.length })
  return (
    <>
      <div>{says}</div>
      <div role="alert">{label}</div>
      <div className={styles.failures}>
        <SmallTable
          label={label}
          headers={[say('whatFailed'), say('whyFailed')]}
          rows={failures.map(({ name, problem }) => ({
            id: name,
            cells: [name, <ProblemBar key="why" problem={problem} />],
          }))}
        />
      </div>
    </>
  )
}
