/** CA certificates that are on the page Certificates, the verified ones first. */
import { Select } from '@fluentui/react-components'
import { type CaCertificateView, useCertificates } from '../../../api/certificates.ts'
import { useText } from '../../../i18n/i18n.ts'
import { Field } from '../../../kit/field.tsx'
import { Link } from '../../../kit/link.tsx'
import { ProblemBar } from '../../../kit/problem-bar.tsx'
import { CaReference } from '../details/ca-reference.tsx'
import { type Editing, useFaultAt } from '../form/editing.ts'
import { text } from '../form/text.ts'

export function CaReferences({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const faultAt = useFaultAt(editing)
  const { form, set } = editing
  const { data, error, refetch } = useCertificates()
  return (
    <>
      {error && <ProblemBar problem={error} onRetry={() => void refetch()} />}
      <CaField
        label={say('primaryCa')}
        help={say('primaryCaHelp')}
        first={say('chooseCa')}
        error={faultAt('caPrimary')}
        value={form.caPrimary}
        certificates={data}
        onChange={(caPrimary) => set({ caPrimary })}
      />
      <CaField
        label={say('secondaryCa')}
        help={say('secondaryCaHelp')}
        first={say('noCa')}
        value={form.caSecondary}
        certificates={data}
        onChange={(caSecondary) => set({ caSecondary })}
      />
      <div>
        {data?.length === 0 && `${say('noCertificates')} `}
        <Link href="/certificates">{say('uploadOne')}</Link>
      </div>
    </>
  )
}

interface CaFieldOrder {
  readonly label: string
  readonly help: string
  readonly first: string
  readonly error?: string
  readonly value: string
  readonly certificates: readonly CaCertificateView[] | undefined
  readonly onChange: (name: string) => void
}

function CaField({ label, help, first, error, value, certificates = [], onChange }: CaFieldOrder) {
  const say = useText(text)
  const same = (name: string) => name.toLowerCase() === value.toLowerCase()
  const known = certificates.find(({ name }) => same(name))
  return (
    <div>
      <Field label={label} help={help} error={error}>
        <Select value={known?.name ?? value} onChange={(_, data) => onChange(data.value)}>
          <option value="">{first}</option>
          {value !== '' && !known && <option value={value}>{say('caMissingHere', { name: value })}</option>}
          <Certificates label={say('verifiedOnes')} of={certificates.filter(({ isVerified }) => isVerified)} />
          <Certificates label={say('unverifiedOnes')} of={certificates.filter(({ isVerified }) => !isVerified)} />
        </Select>
      </Field>
      {value !== '' && <CaReference name={known?.name ?? value} />}
    </div>
  )
}

function Certificates({ label, of }: { readonly label: string; readonly of: readonly CaCertificateView[] }) {
  if (of.length === 0) return null
  return (
    <optgroup label={label}>
      {of.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </optgroup>
  )
}
