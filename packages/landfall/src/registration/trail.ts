/** The story of a decision as it is being made: what `landfall explain` tells afterwards. */
import { type Fault, sentenceOf } from '../fault.ts'
import type { TrailStep } from './attempt.ts'

export interface Trail {
  readonly steps: readonly TrailStep[]
  found(step: TrailStep['step'], says: string): void
  stopped(step: TrailStep['step'], fault: Fault): void
}

export function makeTrail(): Trail {
  const steps: TrailStep[] = []
  return {
    steps,
    found: (step, says) => void steps.push({ step, ok: true, says }),
    stopped: (step, { reason, facts }) => void steps.push({ step, ok: false, says: sentenceOf(reason, facts), reason }),
  }
}
