/** Certificates, dropped or pasted, in any order. */
import { Button, makeStyles, Textarea, tokens } from '@fluentui/react-components'
import { CertificateRegular, DismissRegular } from '@fluentui/react-icons'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { FileDrop } from '../../kit/file-drop.tsx'
import type { Draft, Wrong } from './question.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexWrap: 'wrap', gap: '8px' },
  file: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    padding: '2px 2px 2px 10px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  pem: { '& textarea': { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 } },
})

export interface InputOrder {
  readonly draft: Draft
  readonly change: (patch: Partial<Draft>) => void
  readonly wrong: Wrong | undefined
}

export function ChainInput({ draft: { files, pasted }, change, wrong }: InputOrder) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <>
      <FileDrop
        label={say('certificates')}
        accept=".pem,.cer,.crt,.der,.txt"
        multiple
        onFiles={(dropped) =>
          change({ files: [...files, ...dropped.map(({ name, certificate }) => ({ name, certificate }))] })
        }
      />
      {files.length > 0 && (
        <ul className={styles.list} aria-label={say('files')}>
          {files.map((file) => (
            <li key={`${file.name} ${file.certificate.length}`} className={styles.file}>
              <CertificateRegular aria-hidden />
              {file.name}
              <Button
                size="small"
                appearance="subtle"
                icon={<DismissRegular />}
                aria-label={say('takeAway', { name: file.name })}
                onClick={() => change({ files: files.filter((one) => one !== file) })}
              />
            </li>
          ))}
        </ul>
      )}
      <Field
        label={say('pasted')}
        hint={say('pastedHint')}
        error={wrong === 'noChain' || wrong === 'privateKey' ? say(wrong) : undefined}
      >
        <Textarea
          className={styles.pem}
          rows={5}
          resize="vertical"
          spellCheck={false}
          placeholder="-----BEGIN CERTIFICATE-----"
          value={pasted}
          onChange={(_, { value }) => change({ pasted: value })}
        />
      </Field>
    </>
  )
}
