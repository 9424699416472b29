/** What a device begins with. */
import type { EnrollmentView } from '../../../api/enrollments.ts'
import type { JsonObject } from '../../../api/json.ts'
import { useText } from '../../../i18n/i18n.ts'
import { JsonView } from '../../../kit/json-view.tsx'
import { Section } from '../../../kit/section.tsx'
import { text } from './text.ts'

export function Twin({ enrollment }: { readonly enrollment: EnrollmentView }) {
  const say = useText(text)
  const { tags, properties } = enrollment.initialTwin ?? {}
  const information = 'registrationId' in enrollment ? enrollment.optionalDeviceInformation : undefined
  const parts: readonly (readonly [string, JsonObject | undefined])[] = [
    [say('tags'), tags],
    [say('desired'), properties?.desired],
  ]
  const filled = parts.filter(([, value]) => value && Object.keys(value).length > 0)
  return (
    <>
      <Section title={say('twin')}>
        {filled.length === 0 && <div>{say('noTwin')}</div>}
        {filled.map(([label, value]) => (
          <div key={label}>
            <div>{label}</div>
            <JsonView label={label} value={value} />
          </div>
        ))}
      </Section>
      {information && Object.keys(information).length > 0 && (
        <Section title={say('information')}>
          <JsonView label={say('information')} value={information} />
        </Section>
      )}
    </>
  )
}
