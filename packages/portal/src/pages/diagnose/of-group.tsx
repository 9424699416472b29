/** What devices of a group show, for whoever came from it: the form below begins with that. */

import { MessageBar, MessageBarBody } from '@fluentui/react-components'
import { type Attestation, type EnrollmentView, useEnrollment } from '../../api/enrollments.ts'
import { type Say, useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { plain } from '../../kit/plain.ts'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import type { EvidenceKind } from './question.ts'
import { text } from './text.ts'

/** Undefined: not known yet. */
export function useEvidenceOf(group: string): EvidenceKind | undefined {
  const { data } = useEnrollment('group', group)
  return data && (data.attestation.type === 'symmetricKey' ? 'key' : 'chain')
}

export function OfGroup({ id }: { readonly id: string }) {
  const say = useText(text)
  const { data, error, refetch } = useEnrollment('group', id)
  return (
    <Section title={say('ofGroup')}>
      <div>
        <Link href={`/enrollments/groups/${encodeURIComponent(id)}`}>{id}</Link>
      </div>
      {error && <ProblemBar problem={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for={say('readingGroup')} />}
      {data && <Demands group={data} />}
    </Section>
  )
}

function Demands({ group: { attestation, provisioningStatus } }: { readonly group: EnrollmentView }) {
  const say = useText(text)
  return (
    <>
      <div>{demandOf(attestation, say)}</div>
      {provisioningStatus === 'disabled' && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{say('groupDisabled')}</MessageBarBody>
        </MessageBar>
      )}
    </>
  )
}

function demandOf({ type, x509 = {} }: Attestation, say: Say<(typeof text.keys)[number]>): string {
  if (type === 'symmetricKey') return say('demandsKey')
  const { caReferences, signingCertificates } = x509
  const names = caReferences
    ? [caReferences.primary, caReferences.secondary]
    : [signingCertificates?.primary?.info?.subjectName, signingCertificates?.secondary?.info?.subjectName]
  return say('demandsChain', { names: plain(names.filter((name) => name !== undefined).join(', ')) })
}
