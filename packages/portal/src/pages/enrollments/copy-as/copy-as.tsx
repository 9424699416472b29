/** What the page is about to do, or has done, as a command to take along. */
import { Checkbox, makeStyles, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import type { EnrollmentKind, EnrollmentView } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { CopyBox } from '../../../kit/copy-box.tsx'
import { Section } from '../../../kit/section.tsx'
import { Tabs } from '../../../kit/tabs.tsx'
import { snippet, type Tool, tools } from './snippets.ts'
import { text } from './text.ts'

const useStyles = makeStyles({ help: { color: tokens.colorNeutralForeground2 } })

export interface CopyAsOrder {
  readonly kind: EnrollmentKind
  readonly body: EnrollmentView
  readonly exists: boolean
}

export function CopyAs({ kind, body, exists }: CopyAsOrder) {
  const styles = useStyles()
  const say = useText(text)
  const [tool, setTool] = useState<Tool>('az')
  const [withKeys, setWithKeys] = useState(false)
  const { symmetricKey, x509 } = body.attestation
  const certificates = x509?.signingCertificates ?? x509?.clientCertificates
  const value = snippet(tool, {
    kind,
    body,
    exists,
    origin: window.location.origin,
    keys: withKeys ? 'shown' : 'hidden',
  })
  return (
    <Section title={say('title')}>
      <div className={styles.help}>
        {say('help')} {certificates && say('certificates')}
      </div>
      <Tabs
        label={say('tools')}
        tabs={tools.map((one) => ({ value: one, label: say(one) }))}
        value={tool}
        onChange={setTool}
      >
        <CopyBox label={say('command', { tool: say(tool) })} value={value} block />
      </Tabs>
      {symmetricKey && (
        <Checkbox
          label={say('withKeys')}
          checked={withKeys}
          onChange={(_, { checked }) => setWithKeys(checked === true)}
        />
      )}
    </Section>
  )
}
