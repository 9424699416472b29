/**
 * Takes a certificate out of what is dropped or pasted: one is taken at once, of several one chooses. The service reads
 * the file; one that holds a private key does not even get there.
 */
import { Button, MessageBar, MessageBarBody, makeStyles, Textarea, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { type ReadCertificate, readCertificates } from '../../../api/certificates.ts'
import type { EnrollmentKind } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { Field } from '../../../kit/field.tsx'
import { FileDrop } from '../../../kit/file-drop.tsx'
import { ProblemBar } from '../../../kit/problem-bar.tsx'
import { Waiting } from '../../../kit/waiting.tsx'
import type { Slot } from '../form/form.ts'
import { text } from '../form/text.ts'
import { FoundCertificates } from './found-certificates.tsx'

const useStyles = makeStyles({
  help: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  paste: {
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    alignItems: 'flex-start',
    '& > div': { width: '100%' },
  },
})

export interface CertificatePickerOrder {
  readonly label: string
  readonly kind: EnrollmentKind
  readonly onChoose: (slot: Slot) => void
}

interface Given {
  readonly name: string
  readonly certificate: string
}

/** Armour of every kind of private key (RFC 7468 10, 11, and OpenSSL's older ones). */
const privateKey = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/

export function CertificatePicker({ label, kind, onChoose }: CertificatePickerOrder) {
  const styles = useStyles()
  const say = useText(text)
  const [reading, setReading] = useState(false)
  const [found, setFound] = useState<readonly ReadCertificate[]>([])
  const [problem, setProblem] = useState<unknown>()
  const [keyIn, setKeyIn] = useState<string>()
  const choose = (one: ReadCertificate) => onChoose(slotOf(one, kind, say('clientIsCa')))
  const take = async (given: readonly Given[]) => {
    setFound([])
    setProblem(undefined)
    const withKey = given.find(({ certificate }) => privateKey.test(certificate))
    setKeyIn(withKey?.name)
    if (withKey) return
    setReading(true)
    try {
      const read = await Promise.all(given.map(({ certificate }) => readCertificates(certificate)))
      const certificates = read.flatMap((one) => one.certificates)
      const [only, ...others] = certificates
      if (only && others.length === 0) choose(only)
      else setFound(certificates)
    } catch (error) {
      setProblem(error)
    } finally {
      setReading(false)
    }
  }
  return (
    <>
      <FileDrop
        label={`${label}: ${say('certificateFile')}`}
        accept=".pem,.cer,.crt,.der"
        onFiles={(files) => void take(files)}
      />
      <div className={styles.help}>{say('certificateHelp')}</div>
      {keyIn !== undefined && (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>{say('privateKey', { name: keyIn })}</MessageBarBody>
        </MessageBar>
      )}
      {problem !== undefined && <ProblemBar problem={problem} />}
      {reading && <Waiting for={say('readingFile')} />}
      {found.length > 0 && <FoundCertificates found={found} kind={kind} onChoose={choose} />}
      <Paste label={label} onText={(certificate) => void take([{ name: say('pastedText'), certificate }])} />
    </>
  )
}

function slotOf({ der, info, isCa, findings }: ReadCertificate, kind: EnrollmentKind, clientIsCa: string): Slot {
  const doubts = kind === 'group' ? findings : isCa ? [clientIsCa] : []
  return { certificate: der, info, ...(doubts.length > 0 && { doubts }) }
}

function Paste({ label, onText }: { readonly label: string; readonly onText: (text: string) => void }) {
  const styles = useStyles()
  const say = useText(text)
  const [open, setOpen] = useState(false)
  const [pasted, setPasted] = useState('')
  if (!open)
    return (
      <div>
        <Button
          size="small"
          appearance="subtle"
          aria-label={`${label}: ${say('pasteInstead')}`}
          onClick={() => setOpen(true)}
        >
          {say('pasteInstead')}
        </Button>
      </div>
    )
  return (
    <div className={styles.paste}>
      <Field label={say('pasteLabel')}>
        <Textarea
          rows={6}
          resize="vertical"
          spellCheck={false}
          value={pasted}
          placeholder="-----BEGIN CERTIFICATE-----"
          onChange={(_, { value }) => setPasted(value)}
        />
      </Field>
      <Button size="small" disabled={pasted.trim() === ''} onClick={() => onText(pasted)}>
        {say('readPasted')}
      </Button>
    </div>
  )
}
