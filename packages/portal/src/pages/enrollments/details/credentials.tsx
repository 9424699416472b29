/** Who may come in: keys on demand, certificates with when they end. */
import { attestationMechanism, type EnrollmentKind, type EnrollmentView, idOf } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { CopyBox } from '../../../kit/copy-box.tsx'
import { type Fact, Facts } from '../../../kit/facts.tsx'
import { Secret } from '../../../kit/secret.tsx'
import { Section } from '../../../kit/section.tsx'
import { mechanismOf, slotsOf } from '../form/read-form.ts'
import { text as common } from '../text.ts'
import { CaReference } from './ca-reference.tsx'
import { CertificateFacts } from './certificate-facts.tsx'
import { text } from './text.ts'

export function Credentials({
  kind,
  enrollment,
}: {
  readonly kind: EnrollmentKind
  readonly enrollment: EnrollmentView
}) {
  const say = useText(text)
  const sayCommon = useText(common)
  return (
    <Section title={say('attestation')}>
      <Facts
        facts={[[say('mechanism'), sayCommon(mechanismOf(enrollment.attestation))], ...useMechanism(kind, enrollment)]}
      />
    </Section>
  )
}

function useMechanism(kind: EnrollmentKind, enrollment: EnrollmentView): readonly Fact[] {
  const say = useText(text)
  const sayCommon = useText(common)
  const { type, tpm, x509 } = enrollment.attestation
  const secret = (key: 'primaryKey' | 'secondaryKey'): Fact => [
    say(key),
    <Secret key={key} label={say(key)} read={() => readKey(kind, idOf(enrollment), key)} />,
  ]
  if (type === 'symmetricKey') return [secret('primaryKey'), secret('secondaryKey')]
  if (tpm) return copied({ [say('endorsementKey')]: tpm.endorsementKey, [say('storageRootKey')]: tpm.storageRootKey })
  const slots = slotsOf(x509?.signingCertificates ?? x509?.clientCertificates)
  return (['primary', 'secondary'] as const).flatMap((slot): readonly Fact[] => {
    const name = x509?.caReferences?.[slot]
    const certificate = slots[slot]
    if (name !== undefined) return [[sayCommon(slot), <CaReference key={slot} name={name} />]]
    return certificate ? [[sayCommon(slot), <CertificateFacts key={slot} info={certificate.info} />]] : []
  })
}

const readKey = async (kind: EnrollmentKind, id: string, key: 'primaryKey' | 'secondaryKey') =>
  (await attestationMechanism(kind, id)).symmetricKey?.[key] ?? ''

const copied = (values: Readonly<Record<string, string | undefined>>): readonly Fact[] =>
  Object.entries(values).map(([label, value]) => [label, value && <CopyBox key={label} label={label} value={value} />])
