/** One CA certificate: what it is, whether it is proven, who relies on it, how it is replaced. */
import { Button } from '@fluentui/react-components'
import { ArrowDownloadRegular } from '@fluentui/react-icons'
import { type CaCertificateView, useCertificate } from '../../api/certificates.ts'
import { useText } from '../../i18n/i18n.ts'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Facts } from '../../kit/facts.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { plain } from '../../kit/plain.ts'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { Expiry } from './expiry.tsx'
import { download, pemOf } from './pem.ts'
import { Remove } from './remove.tsx'
import { text } from './text.ts'
import { RollOver, UsedBy } from './used-by.tsx'
import { Verification } from './verification.tsx'

export function Details({ name }: { readonly name: string }) {
  const say = useText(text)
  const read = useCertificate(name)
  const { data } = read
  return (
    <Frame
      title={data?.name ?? name}
      breadcrumb={[{ label: say('title'), href: '/certificates' }]}
      actions={data && <Actions certificate={data} />}
    >
      {read.error && <ProblemBar problem={read.error} onRetry={() => void read.refetch()} />}
      {read.isPending && <Waiting for={say('reading')} />}
      {data && (
        <>
          <Verification certificate={data} />
          <Essentials certificate={data} />
          <UsedBy certificate={data} />
          <RollOver />
        </>
      )}
    </Frame>
  )
}

interface Of {
  readonly certificate: CaCertificateView
}

function Actions({ certificate }: Of) {
  const say = useText(text)
  const { name, certificate: der } = certificate
  return (
    <>
      {der !== undefined && (
        <Button icon={<ArrowDownloadRegular />} onClick={() => download(`${name}.pem`, pemOf(der))}>
          {say('download')}
        </Button>
      )}
      <Remove certificate={certificate} />
    </>
  )
}

function Essentials({ certificate }: Of) {
  const say = useText(text)
  const { info, isVerified, createdDateTimeUtc, lastUpdatedDateTimeUtc } = certificate
  return (
    <Section title={say('essentials')}>
      <Facts
        facts={[
          [say('status'), <StatusBadge key="status" status={isVerified ? 'verified' : 'unverified'} />],
          [say('subject'), plain(info.subjectName)],
          [say('issuer'), plain(info.issuerName)],
          [say('validFrom'), <Timestamp key="from" at={info.notBeforeUtc} />],
          [say('expiry'), <Expiry key="expiry" certificate={certificate} show="both" />],
          [say('serial'), <code key="serial">{info.serialNumber}</code>],
          [say('sha1'), <CopyBox key="sha1" label={say('sha1')} value={info.sha1Thumbprint} />],
          [say('sha256'), <CopyBox key="sha256" label={say('sha256')} value={info.sha256Thumbprint} />],
          [say('created'), <Timestamp key="created" at={createdDateTimeUtc} show="both" />],
          [say('updated'), <Timestamp key="updated" at={lastUpdatedDateTimeUtc} show="both" />],
        ]}
      />
    </Section>
  )
}
