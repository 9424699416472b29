/**
 * The quick start of this visit: in memory, so that one can look at what it made and come back to the files, whose keys
 * are handed over once. Gone with the session, with the tab, or when it is cleaned up.
 */
import { useSyncExternalStore } from 'react'
import { type DoneStep, type MadeStep, type QuickStartOrder, quickStart } from '../../api/quick-start.ts'
import { sessionStore } from '../../api/session-store.ts'

export interface Run {
  readonly order: QuickStartOrder
  readonly steps: readonly MadeStep[]
  readonly running: boolean
  readonly done?: DoneStep
  /** Refused at once, or cut off. */
  readonly problem?: unknown
}

let run: Run | undefined
const watchers = new Set<() => void>()

function show(next: Run | undefined): void {
  run = next
  for (const watcher of watchers) watcher()
}

export const forgetRun = (): void => show(undefined)

sessionStore.subscribe(() => {
  if (sessionStore.get().kind !== 'here') forgetRun()
})

export async function startRun(order: QuickStartOrder): Promise<void> {
  let now: Run = { order, steps: [], running: true }
  const isCurrent = () => run?.order === order
  show(now)
  try {
    for await (const step of quickStart(order)) {
      if (!isCurrent()) return
      now = step.step === 'done' ? { ...now, done: step } : { ...now, steps: [...now.steps, step] }
      show(now)
    }
    if (isCurrent()) show({ ...now, running: false })
  } catch (problem) {
    if (isCurrent()) show({ ...now, running: false, problem })
  }
}

export function useRun(): Run | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => run,
  )
}
