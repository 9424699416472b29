/** Last step: all of it once more, before it is saved, and the same request for other tools. */

import type { EnrollmentView } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { type Fact, Facts } from '../../../kit/facts.tsx'
import { plain } from '../../../kit/plain.ts'
import { Section } from '../../../kit/section.tsx'
import { CopyAs } from '../copy-as/copy-as.tsx'
import { text as common } from '../text.ts'
import { bodyOf } from './body.ts'
import type { Editing } from './editing.ts'
import { faultsOf } from './faults.ts'
import type { Form } from './form.ts'
import { text } from './text.ts'

export function ReviewStep({ editing, read }: { readonly editing: Editing; readonly read?: EnrollmentView }) {
  const say = useText(text)
  const { kind, exists, form } = editing
  const fine = Object.keys(faultsOf(kind, form)).length === 0
  return (
    <>
      <Section title={say('checkIt')}>
        <Facts facts={useSummary(editing)} />
      </Section>
      {fine && <CopyAs kind={kind} body={bodyOf(kind, form, read)} exists={exists} />}
    </>
  )
}

function useSummary(editing: Editing): readonly Fact[] {
  const say = useText(text)
  const sayCommon = useText(common)
  const { kind, form } = editing
  const individual = kind === 'individual'
  return [
    [say(individual ? 'registrationId' : 'groupName'), form.id.trim() || '–'],
    [say('deviceId'), individual ? form.deviceId.trim() || form.id.trim() : undefined],
    [say('mechanism'), sayCommon(form.mechanism)],
    ...useCredentials(editing),
    [say('status'), sayCommon(form.enabled ? 'enabled' : 'disabled')],
    [say('reprovision'), sayCommon(form.reprovision)],
    [say('targetHubs'), form.hubs.join(', ') || sayCommon('allHubs')],
    [say('allocation'), sayCommon(form.allocation || 'serviceDefault')],
    [say('webhookUrl'), form.allocation === 'custom' ? form.webhookUrl : undefined],
    [say('iotEdge'), sayCommon(form.iotEdge ? 'yes' : 'no')],
    [say('tags'), form.tags.trim() || say('none')],
    [say('desired'), form.desired.trim() || say('none')],
    [say('information'), individual ? form.information.trim() || say('none') : undefined],
  ]
}

function useCredentials({ form, exists }: Editing): readonly Fact[] {
  const say = useText(text)
  const { mechanism, certificates, caPrimary, caSecondary } = form
  if (mechanism === 'symmetricKey') return [[say('keys'), say(keysWord(form, exists))]]
  if (mechanism === 'tpm') return [[say('endorsementKey'), form.endorsementKey ? say('given') : '–']]
  const [primary, secondary] =
    mechanism === 'caReferences'
      ? [caPrimary || undefined, caSecondary || undefined]
      : [certificates.primary?.info.subjectName, certificates.secondary?.info.subjectName]
  return [
    [say('primaryCertificate'), plain(primary ?? say('none'))],
    [say('secondaryCertificate'), plain(secondary ?? say('none'))],
  ]
}

const keysWord = ({ keysGiven }: Form, exists: boolean) =>
  keysGiven ? 'keysGiven' : exists ? 'keysKept' : 'keysAutomatic'
