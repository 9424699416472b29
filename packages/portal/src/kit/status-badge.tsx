/** A state in one word, with a colour that adds nothing which the word does not say. */
import { Badge } from '@fluentui/react-components'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

const known = {
  enabled: ['statusEnabled', 'success'],
  disabled: ['statusDisabled', 'subtle'],
  verified: ['statusVerified', 'success'],
  unverified: ['statusUnverified', 'warning'],
  assigned: ['statusAssigned', 'success'],
  assigning: ['statusAssigning', 'informative'],
  unassigned: ['statusUnassigned', 'subtle'],
  failed: ['statusFailed', 'danger'],
  refused: ['statusRefused', 'danger'],
  cutOff: ['statusCutOff', 'danger'],
  challenged: ['statusChallenged', 'informative'],
  expired: ['statusExpired', 'danger'],
  expiring: ['statusExpiring', 'warning'],
  linked: ['statusLinked', 'success'],
  unlinked: ['statusUnlinked', 'subtle'],
  create: ['statusCreate', 'success'],
  update: ['statusUpdate', 'informative'],
  delete: ['statusDelete', 'danger'],
  command: ['statusCommand', 'informative'],
} as const

export type Status = keyof typeof known

export function StatusBadge({ status }: { readonly status: Status }) {
  const say = useText(text)
  const [label, color] = known[status]
  return (
    <Badge appearance="tint" color={color} shape="rounded">
      {say(label)}
    </Badge>
  )
}
