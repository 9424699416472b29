/** What the service said when this enrollment was saved, until somebody has read it. */
import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components'
import { DismissRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useText } from '../../../i18n/i18n.ts'
import { text } from './text.ts'

/** Handed on from the form to the page that it leads to. */
let told: readonly string[] = []

export function handWarnings(warnings: readonly string[]): void {
  told = warnings
}

function takeWarnings(): readonly string[] {
  const taken = told
  told = []
  return taken
}

export function Warnings() {
  const say = useText(text)
  const [warnings, setWarnings] = useState(takeWarnings)
  if (warnings.length === 0) return null
  return (
    <MessageBar intent="warning" layout="multiline" role="status">
      <MessageBarBody>
        {say('warnings')} {warnings.join(' ')}
      </MessageBarBody>
      <MessageBarActions
        containerAction={
          <Button
            appearance="transparent"
            icon={<DismissRegular />}
            aria-label={say('dismiss')}
            onClick={() => setWarnings([])}
          />
        }
      />
    </MessageBar>
  )
}
