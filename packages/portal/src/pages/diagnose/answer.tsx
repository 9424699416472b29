/** The answer to a question: the verdict, the chain as a drawing, the engine's steps, what will fail later. */
import type { Diagnosis } from '../../api/diagnose.ts'
import { useText } from '../../i18n/i18n.ts'
import { Section } from '../../kit/section.tsx'
import { Trail } from '../../kit/trail.tsx'
import { ChainDrawing } from './chain-drawing.tsx'
import { Lint } from './lint.tsx'
import { text } from './text.ts'
import { Verdict } from './verdict.tsx'

export function Answer({ diagnosis }: { readonly diagnosis: Diagnosis }) {
  const say = useText(text)
  const { chain, trail, lint } = diagnosis
  return (
    <>
      <Verdict diagnosis={diagnosis} />
      {chain.length > 0 && (
        <Section title={say('chain')}>
          <ChainDrawing chain={chain} />
        </Section>
      )}
      <Section title={say('steps')}>
        <Trail trail={trail} />
      </Section>
      {lint.length > 0 && (
        <Section title={say('lint')}>
          <Lint findings={lint} />
        </Section>
      )}
    </>
  )
}
