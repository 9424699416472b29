/** The proof of possession, step by step; where it fails, the code and what was done so far stay (contract/management 5.4). */
import { Button, MessageBar, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components'
import { KeyRegular } from '@fluentui/react-icons'
import { type ReactNode, useId } from 'react'
import { type CaCertificateView, useMakeCode } from '../../api/certificates.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Facts } from '../../kit/facts.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { Timestamp, useNow } from '../../kit/timestamp.tsx'
import { landfallCommand, opensslCommands } from './commands.ts'
import { Proof } from './proof.tsx'
import { verifyText } from './verify-text.ts'

const useStyles = makeStyles({
  steps: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '20px',
  },
  step: { display: 'grid', gridTemplateColumns: '32px minmax(0, 1fr)', columnGap: '12px' },
  number: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: '28px',
    height: '28px',
    borderRadius: '50%',
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForegroundOnBrand,
    backgroundColor: tokens.colorBrandBackground,
  },
  title: { fontSize: tokens.fontSizeBase300, lineHeight: '28px', margin: 0 },
  content: { gridColumn: 2, display: 'flex', flexDirection: 'column', gap: '8px', minWidth: 0, paddingTop: '4px' },
  quiet: { color: tokens.colorNeutralForeground2 },
  actions: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
})

interface Of {
  readonly certificate: CaCertificateView
}

export function Verification({ certificate }: Of) {
  const styles = useStyles()
  const say = useText(verifyText)
  const may = useMay('ManagementWrite')
  if (certificate.isVerified)
    return (
      <MessageBar intent="success" layout="multiline">
        <MessageBarBody>
          <strong>{say('isVerified')}.</strong> {say('isVerifiedHelp')}
        </MessageBarBody>
      </MessageBar>
    )
  if (!may) return null
  return (
    <Section title={say('title')}>
      <div className={styles.quiet}>{say('intro')}</div>
      <ol className={styles.steps}>
        <Step number={1} title={say('step1')}>
          <Code certificate={certificate} />
        </Step>
        <Step number={2} title={say('step2')}>
          <Commands certificate={certificate} />
        </Step>
        <Step number={3} title={say('step3')}>
          <Proof certificate={certificate} />
        </Step>
      </ol>
    </Section>
  )
}

function Step({
  number,
  title,
  children,
}: {
  readonly number: number
  readonly title: string
  readonly children: ReactNode
}) {
  const styles = useStyles()
  const id = useId()
  return (
    <li className={styles.step} aria-labelledby={id}>
      <span className={styles.number} aria-hidden>
        {number}
      </span>
      <h3 id={id} className={styles.title}>
        {title}
      </h3>
      <div className={styles.content}>{children}</div>
    </li>
  )
}

function Code({ certificate: { name, etag, verificationCode, verificationCodeExpiresUtc } }: Of) {
  const styles = useStyles()
  const say = useText(verifyText)
  const make = useMakeCode()
  const expired = Date.parse(verificationCodeExpiresUtc ?? '') < useNow()
  return (
    <>
      {verificationCode !== undefined && (
        <Facts
          facts={[
            [say('code'), <CopyBox key="code" label={say('code')} value={verificationCode} />],
            [say('until'), <Timestamp key="until" at={verificationCodeExpiresUtc} show="both" />],
          ]}
        />
      )}
      {expired && (
        <MessageBar intent="warning" layout="multiline" role="status">
          <MessageBarBody>{say('expired')}</MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.actions}>
        <Button
          appearance={verificationCode === undefined || expired ? 'primary' : 'secondary'}
          icon={<KeyRegular />}
          disabled={make.isPending}
          onClick={() => make.mutate({ name, ifMatch: etag })}
        >
          {say(verificationCode === undefined ? 'generate' : 'again')}
        </Button>
        {verificationCode !== undefined && <span className={styles.quiet}>{say('againHelp')}</span>}
      </div>
      {make.error && <ProblemBar problem={make.error} />}
    </>
  )
}

function Commands({ certificate: { name, info, verificationCode } }: Of) {
  const styles = useStyles()
  const say = useText(verifyText)
  if (verificationCode === undefined) return <div className={styles.quiet}>{say('first')}</div>
  return (
    <>
      <strong>{say('withLandfall')}</strong>
      <div className={styles.quiet}>{say('withLandfallHelp')}</div>
      <CopyBox label={say('withLandfall')} value={landfallCommand(verificationCode, info.subjectName, name)} block />
      <strong>{say('withOpenssl')}</strong>
      <div className={styles.quiet}>{say('withOpensslHelp')}</div>
      <CopyBox label={say('withOpenssl')} value={opensslCommands(verificationCode)} block />
    </>
  )
}
