/** How an attempt went through the steps of the service, in the words of the service. */
import type { TrailStep } from '../api/attempts.ts'
import { makeText, useText } from '../i18n/i18n.ts'
import { Said } from './refusal-says.tsx'
import { Steps } from './steps.tsx'

const text = makeText('trail', {
  en: {
    request: 'Request',
    enrollment: 'Enrollment',
    attestation: 'Attestation',
    allocation: 'Allocation',
    reprovisioning: 'Reprovisioning',
    hub: 'Hub',
  },
  nl: {
    request: 'Aanvraag',
    enrollment: 'Inschrijving',
    attestation: 'Attestation',
    allocation: 'Toewijzing',
    reprovisioning: 'Opnieuw inrichten',
    hub: 'Hub',
  },
})

export function Trail({ trail }: { readonly trail: readonly TrailStep[] }) {
  const say = useText(text)
  return <Steps steps={trail.map(({ step, ok, says }) => ({ name: say(step), ok, says: <Said>{says}</Said> }))} />
}
