/** The form in steps, as the cloud's portal has it (contract/management 7.7). */
import { Button, makeStyles } from '@fluentui/react-components'
import { useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import type { EnrollmentKind, EnrollmentView } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { FormBar } from '../../../kit/form-bar.tsx'
import { Tabs } from '../../../kit/tabs.tsx'
import { DeviceStep } from './device-step.tsx'
import type { Editing } from './editing.ts'
import { type Faults, type FaultyField, faultsOf, type Step, stepOf } from './faults.ts'
import { type Form, sameForm } from './form.ts'
import { HubsStep } from './hubs-step.tsx'
import { RegistrationStep } from './registration-step.tsx'
import { ReviewStep } from './review-step.tsx'
import { text } from './text.ts'

export interface EnrollmentFormOrder {
  readonly kind: EnrollmentKind
  readonly form: Form
  readonly before: Form
  /** What is changed; absent: a new one. */
  readonly read?: EnrollmentView
  readonly onChange: (change: (form: Form) => Form) => void
  readonly onSave: () => Promise<void>
  readonly onCancel: () => void
  readonly busy: boolean
  readonly problem: unknown
}

const steps: readonly Step[] = ['registration', 'hubs', 'device', 'review']
const noFaults: Faults = {}
const useStyles = makeStyles({ form: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '860px' } })

export function EnrollmentForm(order: EnrollmentFormOrder) {
  const styles = useStyles()
  const say = useText(text)
  const { kind, form, before, read, busy } = order
  const exists = read !== undefined
  const [step, setStep] = useStep()
  const [tried, setTried] = useState(false)
  const faults = tried ? faultsOf(kind, form) : noFaults
  const editing: Editing = {
    kind,
    exists,
    form,
    before,
    faults,
    set: (patch) => order.onChange((now) => ({ ...now, ...patch })),
  }
  const place = useFocusOnFault(tried && faults)
  const dirty = !sameForm(form, before)
  const named = (one: Step) => say(one === 'review' && exists ? 'reviewSave' : one)
  const isFaulty = (one: Step) => Object.keys(faults).some((field) => stepOf[field as FaultyField] === one)
  const save = () => {
    const found = Object.keys(faultsOf(kind, form)) as FaultyField[]
    setTried(true)
    place.lookAgain()
    const [first] = found
    if (first) return setStep(stepOf[first])
    if (!exists && step !== 'review') return setStep('review')
    void order.onSave().catch(() => undefined)
  }
  const next = steps[steps.indexOf(step) + 1]
  return (
    <div className={styles.form} ref={place.ref}>
      <Tabs
        label={say('steps')}
        tabs={steps.map((value) => ({
          value,
          label: isFaulty(value) ? say('faulty', { step: named(value) }) : named(value),
        }))}
        value={step}
        onChange={setStep}
      >
        {step === 'registration' && <RegistrationStep editing={editing} />}
        {step === 'hubs' && <HubsStep editing={editing} />}
        {step === 'device' && <DeviceStep editing={editing} />}
        {step === 'review' && <ReviewStep editing={editing} read={read} />}
      </Tabs>
      <FormBar
        dirty={dirty}
        busy={busy}
        problem={order.problem}
        saveLabel={exists ? undefined : say(step === 'review' ? 'create' : 'review')}
        onSave={save}
        onCancel={order.onCancel}
        more={
          next &&
          (exists || next !== 'review') && (
            <Button onClick={() => setStep(next)}>{say('next', { step: named(next) })}</Button>
          )
        }
      />
    </div>
  )
}

function useStep(): readonly [Step, (step: Step) => void] {
  const [params, setParams] = useSearchParams()
  const asked = params.get('step')
  const step = steps.find((one) => one === asked) ?? 'registration'
  const set = (next: Step) => setParams(next === 'registration' ? {} : { step: next }, { replace: true })
  return [step, set]
}

/** After a vain attempt to save, the first faulty field gets the focus. */
function useFocusOnFault(faults: Faults | false) {
  const ref = useRef<HTMLDivElement>(null)
  const looked = useRef(true)
  useEffect(() => {
    if (looked.current || !faults) return
    looked.current = true
    ref.current?.querySelector<HTMLElement>('[aria-invalid=true], [data-faulty]')?.focus()
  })
  return {
    ref,
    lookAgain: () => {
      looked.current = false
    },
  }
}
