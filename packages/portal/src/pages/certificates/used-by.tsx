/** The groups that rely on a certificate, and how they are led to its successor (docs/certificates.md). */
import { makeStyles } from '@fluentui/react-components'
import type { CaCertificateView } from '../../api/certificates.ts'
import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { Section } from '../../kit/section.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({
  groups: { display: 'flex', flexWrap: 'wrap', gap: '4px 16px', listStyleType: 'none', margin: 0, padding: 0 },
  steps: { margin: 0, paddingLeft: '20px', display: 'flex', flexDirection: 'column', gap: '4px', maxWidth: '75ch' },
})

export function UsedBy({ certificate: { usedBy = [] } }: { readonly certificate: CaCertificateView }) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <Section title={say('usedBy')}>
      {usedBy.length === 0 ? (
        <div>{say('noGroups')}</div>
      ) : (
        <ul className={styles.groups}>
          {usedBy.map((group) => (
            <li key={group}>
              <Link href={`/enrollments/groups/${encodeURIComponent(group)}`}>{group}</Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

export function RollOver() {
  const styles = useStyles()
  const say = useText(text)
  return (
    <Section title={say('rollOver')}>
      <div>{say('rollOverHelp')}</div>
      <ol className={styles.steps}>
        {(['rollOver1', 'rollOver2', 'rollOver3', 'rollOver4'] as const).map((step) => (
          <li key={step}>{say(step)}</li>
        ))}
      </ol>
    </Section>
  )
}
