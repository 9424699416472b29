/** What is in a file, and which of it is meant. Nothing is uploaded yet. */
import { Badge, MessageBar, MessageBarBody, makeStyles, Radio, RadioGroup, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { type ReadCertificate, readCertificates } from '../../api/certificates.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { type DroppedFile, FileDrop } from '../../kit/file-drop.tsx'
import { plain } from '../../kit/plain.ts'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { commonNameOf } from './commands.ts'
import { holdsPrivateKey } from './private-key.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  about: { display: 'flex', flexWrap: 'wrap', gap: '4px 12px', color: tokens.colorNeutralForeground2 },
  subject: { overflowWrap: 'anywhere' },
  finding: { color: tokens.colorPaletteRedForeground1 },
})

export interface Chosen {
  readonly der: string
  readonly suggestedName: string
}

interface Found {
  readonly file: string
  readonly certificates: readonly ReadCertificate[]
}

export interface ChooseOrder {
  readonly chosen: Chosen | undefined
  readonly onChoose: (chosen: Chosen | undefined) => void
}

export function ChooseCertificate({ chosen, onChoose }: ChooseOrder) {
  const say = useText(text)
  const [reading, setReading] = useState<string>()
  const [found, setFound] = useState<Found>()
  const [problem, setProblem] = useState<unknown>()
  const take = async ([file]: readonly DroppedFile[]) => {
    if (!file) return
    setProblem(undefined)
    if (holdsPrivateKey(file.certificate)) return setProblem(say('privateKey', { file: file.name }))
    setReading(file.name)
    try {
      const { certificates } = await readCertificates(file.certificate)
      setFound({ file: file.name, certificates })
      onChoose(choiceOf({ file: file.name, certificates }, firstCa(certificates)))
    } catch (error) {
      // a file that was read before stays
      setProblem(error)
    } finally {
      setReading(undefined)
    }
  }
  return (
    <>
      <FileDrop label={say('file')} accept=".pem,.cer,.crt,.der" onFiles={(files) => void take(files)} />
      {reading !== undefined && <Waiting for={say('readingFile', { file: reading })} />}
      {problem !== undefined && <ProblemBar problem={problem} />}
      {found && <Contents found={found} chosen={chosen} onChoose={onChoose} />}
    </>
  )
}

function Contents({ found, chosen, onChoose }: ChooseOrder & { readonly found: Found }) {
  const say = useText(text)
  const { file, certificates } = found
  return (
    <>
      {certificates.every((one) => !mayUpload(one)) && (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>{say('noCa', { file })}</MessageBarBody>
        </MessageBar>
      )}
      <Field label={say('inFile', { count: certificates.length, file })}>
        <RadioGroup
          aria-label={say('choose')}
          value={chosen?.der ?? ''}
          onChange={(_, { value }) =>
            onChoose(
              choiceOf(
                found,
                certificates.find(({ der }) => der === value),
              ),
            )
          }
        >
          {certificates.map((certificate) => (
            <Radio
              key={certificate.der}
              value={certificate.der}
              disabled={!mayUpload(certificate)}
              label={<Described certificate={certificate} />}
            />
          ))}
        </RadioGroup>
      </Field>
    </>
  )
}

function Described({ certificate: { info, isCa, selfSigned, findings } }: { readonly certificate: ReadCertificate }) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  return (
    <>
      <strong className={styles.subject}>{plain(info.subjectName)}</strong>
      <div className={styles.about}>
        <Badge appearance="tint" color={isCa ? 'success' : 'warning'}>
          {say(isCa ? 'isCa' : 'isLeaf')}
        </Badge>
        <span>{selfSigned ? say('selfSigned') : say('issuedBy', { issuer: plain(info.issuerName) })}</span>
        <span>{say('validUntil', { date: format.date(info.notAfterUtc) })}</span>
      </div>
      {findings.map((finding) => (
        <div key={finding} className={styles.finding}>
          {finding}
        </div>
      ))}
    </>
  )
}

/** One that does not say whether it is a CA is taken, with a warning: the service does so too (contract/management 5.3). */
const mayUpload = ({ isCa, selfSigned }: ReadCertificate): boolean => isCa || selfSigned

const firstCa = (certificates: readonly ReadCertificate[]): ReadCertificate | undefined =>
  certificates.find((one) => one.isCa && one.findings.length === 0) ?? certificates.find(mayUpload)

/** Named after the file, or after the certificate where the file holds several. */
function choiceOf({ file, certificates }: Found, certificate: ReadCertificate | undefined): Chosen | undefined {
  if (!certificate) return undefined
  const commonName = certificates.length > 1 ? commonNameOf(certificate.info.subjectName) : undefined
  const plain = commonName ?? file.replace(/\.(pem|cer|crt|der)$/i, '').replace(/\.cert$/i, '')
  const name = plain.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '')
  return { der: certificate.der, suggestedName: name.slice(0, 256) }
}
