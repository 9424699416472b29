/** Deletes, and tells of enrollments, records and identities each in their own words. */
import type { ReactNode } from 'react'
import { type Say, useText } from '../../../i18n/i18n.ts'
import { WorkDialog } from '../../../kit/work-dialog.tsx'
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

export function DeletingDialog({ title, count, children, run, onGone, onClose }: DeletingOrder) {
  const say = useText(text)
  return (
    <WorkDialog
      title={title}
      confirm={say('delete', { count })}
      onDone={onGone}
      onClose={onClose}
      run={async (tell) => {
        const outcome = await run(({ phase, ...progress }) => tell({ says: say(phases[phase]), ...progress }))
        const failures = outcome.failures.map(({ what, id, problem }) => ({ name: `${say(what)} ${id}`, problem }))
        return { says: say('done', { what: storyOf(outcome, say) }), failures }
      }}
    >
      {children}
    </WorkDialog>
  )
}

function storyOf({ enrollments, records, identities }: Outcome, say: Say<(typeof text.keys)[number]>): string {
  const counts = [
    ['enrollments', enrollments],
    ['recordsDone', records],
    ['identitiesDone', identities],
  ] as const
  const told = counts.filter(([, count]) => count > 0).map(([key, count]) => say(key, { count }))
  return told.length === 0 ? say('recordsDone', { count: 0 }) : told.join(', ')
}
