/** The whole walk from one page: a test CA, its proof, an enrollment group, devices that register. */
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { CleanUpEarlier } from './clean-up.tsx'
import { FromAProgram } from './from-a-program.tsx'
import { Result } from './result.tsx'
import { useRun } from './run-store.ts'
import { StartForm } from './start-form.tsx'
import { text } from './text.ts'
import { Walk } from './walk.tsx'

export function Page() {
  const say = useText(text)
  const run = useRun()
  const mayEnroll = useMay('EnrollmentWrite')
  const mayManage = useMay('ManagementWrite')
  const may = mayEnroll && mayManage
  return (
    <Frame title={say('title')} intro={say('intro')}>
      <Walk run={run} />
      {run?.problem !== undefined && <ProblemBar problem={run.problem} />}
      {!may && <div>{say('mayNot')}</div>}
      {may && !run?.done && <StartForm run={run} />}
      {run?.done && <Result done={run.done} />}
      <FromAProgram />
      {may && !run?.done && <CleanUpEarlier />}
    </Frame>
  )
}
