/** Asks, does it while showing how far it is, and tells what could not be done, by name. */
import { Button, makeStyles, ProgressBar, tokens } from '@fluentui/react-components'
import { type ReactNode, useState } from 'react'
import { type Say, useText } from '../../../i18n/i18n.ts'
import { Dialog } from '../../../kit/dialog.tsx'
import { ProblemBar } from '../../../kit/problem-bar.tsx'
import { SmallTable } from '../../../kit/small-table.tsx'
import { useToast } from '../../../kit/toasts.tsx'
import type { Outcome, Progress } from './deleting.ts'
import { text } from './text.ts'

export interface DeletingOrder {
  readonly title: string
  /** How many things are named in the title. */
  readonly count: number
  readonly children: ReactNode
  readonly run: (tell: (progress: Progress) => void) => Promise<Outcome>
  /** Something is gone; the dialog may still be open. */
  readonly onGone: () => void
  readonly onClose: () => void
}

const phases = {
  reading: 'reading',
  enrollments: 'phaseEnrollments',
  identities: 'phaseIdentities',
  records: 'phaseRecords',
} as const

const useStyles = makeStyles({
  failures: { maxHeight: '280px', overflowY: 'auto' },
  count: { color: tokens.colorNeutralForeground2 },
})

export function DeletingDialog({ title, count, children, run, onGone, onClose }: DeletingOrder) {
  const styles = useStyles()
  const say = useText(text)
  const toast = useToast()
  const [progress, setProgress] = useState<Progress>()
  const [outcome, setOutcome] = useState<Outcome>()
  const [problem, setProblem] = useState<unknown>()
  const busy = progress !== undefined && outcome === undefined && problem === undefined
  const go = async () => {
    setProblem(undefined)
    setProgress({ phase: 'enrollments', done: 0, total: count })
    try {
      const done = await run(setProgress)
      onGone()
      if (done.failures.length > 0) return setOutcome(done)
      toast(say('done', { what: storyOf(done, say) }))
      onClose()
    } catch (error) {
      setProblem(error)
    }
  }
  const close = (
    <Button disabled={busy} onClick={onClose}>
      {say(outcome ? 'close' : 'cancel')}
    </Button>
  )
  return (
    <Dialog
      open
      title={outcome ? say('notAll') : title}
      onClose={() => !busy && onClose()}
      actions={
        <>
          {!outcome && (
            <Button appearance="primary" disabled={busy} onClick={() => void go()}>
              {say('delete', { count })}
            </Button>
          )}
          {close}
        </>
      }
    >
      {problem !== undefined && <ProblemBar problem={problem} />}
      {!busy && !outcome && children}
      {busy && (
        <div role="status">
          <div>{say(phases[progress.phase])}</div>
          <ProgressBar
            aria-label={say(phases[progress.phase])}
            value={progress.done}
            max={Math.max(1, progress.total)}
          />
          <div className={styles.count}>{say('ofTotal', { done: progress.done, total: progress.total })}</div>
        </div>
      )}
      {outcome && <Failures outcome={outcome} className={styles.failures} />}
    </Dialog>
  )
}

type Saying = Say<(typeof text.keys)[number]>

function storyOf({ enrollments, records, identities }: Outcome, say: Saying): string {
  const counts = [
    ['enrollments', enrollments],
    ['recordsDone', records],
    ['identitiesDone', identities],
  ] as const
  const told = counts.filter(([, count]) => count > 0).map(([key, count]) => say(key, { count }))
  return told.length === 0 ? say('recordsDone', { count: 0 }) : told.join(', ')
}

function Failures({ outcome, className }: { readonly outcome: Outcome; readonly className: string }) {
  const say = useText(text)
  const { failures } = outcome
  return (
    <>
      <div>{say('done', { what: storyOf(outcome, say) })}</div>
      <div role="alert">{say('notDone', { count: failures.length })}</div>
      <div className={className}>
        <SmallTable
          label={say('notDone', { count: failures.length })}
          headers={[say('whatFailed'), say('whyFailed')]}
          rows={failures.map(({ what, id, problem }) => ({
            id: `${what} ${id}`,
            cells: [`${say(what)} ${id}`, <ProblemBar key="why" problem={problem} />],
          }))}
        />
      </div>
    </>
  )
}
