/** One slot: what is in it and what may be done with it, or a place to put something. */
import { Button, MessageBar, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components'
import { useText } from '../../../i18n/i18n.ts'
import { CertificateFacts } from '../details/certificate-facts.tsx'
import { Fieldset } from '../form/choices.tsx'
import type { Editing } from '../form/editing.ts'
import type { Slot } from '../form/form.ts'
import { text } from '../form/text.ts'
import { CertificatePicker } from './certificate-picker.tsx'
import { commonNameOf } from './common-name.ts'

const useStyles = makeStyles({
  card: {
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    padding: '12px',
    marginTop: '6px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  picker: { display: 'flex', flexDirection: 'column', gap: '8px', marginTop: '6px' },
})

export interface CertificateSlotOrder {
  readonly label: string
  readonly help?: string
  readonly error?: string
  readonly editing: Editing
  readonly value: Slot | undefined
  /** What the service has in this slot. */
  readonly kept: Slot | undefined
  readonly onChange: (slot: Slot | undefined) => void
  readonly move?: { readonly label: string; readonly go: () => void }
}

export function CertificateSlot({ label, help, error, editing, value, kept, onChange, move }: CertificateSlotOrder) {
  const styles = useStyles()
  const say = useText(text)
  const about = (words: string) => `${label}: ${words}`
  return (
    <Fieldset label={label} help={help} error={error}>
      {value ? (
        <div className={styles.card}>
          <CertificateFacts info={value.info} />
          <Doubts slot={value} editing={editing} />
          <div className={styles.buttons}>
            <Button size="small" aria-label={about(say('replace'))} onClick={() => onChange(undefined)}>
              {say(kept ? 'replace' : 'remove')}
            </Button>
            {move && (
              <Button size="small" aria-label={about(move.label)} onClick={move.go}>
                {move.label}
              </Button>
            )}
          </div>
        </div>
      ) : (
        <div className={styles.picker}>
          {kept && (
            <div>
              <Button size="small" aria-label={about(say('keepEnrolled'))} onClick={() => onChange(kept)}>
                {say('keepEnrolled')}
              </Button>
            </div>
          )}
          <CertificatePicker label={label} kind={editing.kind} onChoose={onChange} />
        </div>
      )}
    </Fieldset>
  )
}

/** What will let no device in, said before it is saved. */
function Doubts({ slot, editing: { kind, form } }: { readonly slot: Slot; readonly editing: Editing }) {
  const say = useText(text)
  const commonName = commonNameOf(slot.info)
  const id = form.id.trim().toLowerCase()
  const other = kind === 'individual' && id !== '' && commonName !== undefined && commonName.toLowerCase() !== id
  const doubts = [...(slot.doubts ?? []), ...(other ? [say('commonNameOther', { commonName })] : [])]
  if (doubts.length === 0) return null
  return (
    <MessageBar intent="warning" layout="multiline" role="status">
      <MessageBarBody>{doubts.join(' ')}</MessageBarBody>
    </MessageBar>
  )
}
