/** The files of a quick start, one press each or all in one archive. They are nowhere but in this tab. */
import { Button, MessageBar, MessageBarBody, makeStyles } from '@fluentui/react-components'
import { ArrowDownloadRegular, CertificateRegular, KeyRegular } from '@fluentui/react-icons'
import type { DoneStep } from '../../api/quick-start.ts'
import { useText } from '../../i18n/i18n.ts'
import { Section } from '../../kit/section.tsx'
import { download } from './download.ts'
import { text } from './text.ts'
import { makeZip } from './zip.ts'

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(280px, 100%), 1fr))',
    gap: '4px 12px',
  },
  file: { justifyContent: 'flex-start', width: '100%', textAlign: 'left', fontWeight: 'normal' },
})

interface FilesOrder {
  readonly name: string
  readonly files: DoneStep['files']
}

export function Files({ name, files }: FilesOrder) {
  const styles = useStyles()
  const say = useText(text)
  const all = () => download(`${name}.zip`, 'application/zip', makeZip(files.map(asEntry), new Date()))
  return (
    <Section
      title={say('files')}
      actions={
        <Button appearance="primary" icon={<ArrowDownloadRegular />} onClick={all}>
          {say('downloadAll', { name: `${name}.zip` })}
        </Button>
      }
    >
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>{say('keysOnce')}</MessageBarBody>
      </MessageBar>
      <ul className={styles.list}>
        {files.map((file) => (
          <li key={file.name}>
            <Button
              className={styles.file}
              appearance="subtle"
              icon={isKey(file.name) ? <KeyRegular /> : <CertificateRegular />}
              aria-label={say('download', { name: file.name })}
              onClick={() => download(file.name, 'application/x-pem-file', file.pem)}
            >
              {file.name}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const isKey = (name: string) => name.endsWith('.key.pem')

const asEntry = ({ name, pem }: DoneStep['files'][number]) => ({ name, text: pem, secret: isKey(name) })
