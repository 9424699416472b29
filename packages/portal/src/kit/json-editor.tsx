/** JSON to edit: a plain text area that says at once where it is wrong. */
import { Button, makeStyles, Textarea, tokens } from '@fluentui/react-components'
import { useText } from '../i18n/i18n.ts'
import { Field } from './field.tsx'
import { type JsonReading, printJson, readJsonText } from './json-text.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  area: { fontFamily: tokens.fontFamilyMonospace, '& textarea': { fontFamily: tokens.fontFamilyMonospace } },
  box: { display: 'flex', flexDirection: 'column', gap: '4px', alignItems: 'stretch' },
  format: { alignSelf: 'flex-end' },
})

export interface JsonEditorOrder {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly onChange: (text: string) => void
  /** Beyond being JSON: an object. */
  readonly object?: boolean
  /** Of the service, or of the form. */
  readonly error?: string
  readonly rows?: number
}

export function JsonEditor({ label, help, value, onChange, object = false, error, rows = 10 }: JsonEditorOrder) {
  const styles = useStyles()
  const say = useText(text)
  const reading = value.trim() === '' ? undefined : readJsonText(value)
  return (
    <div className={styles.box}>
      <Field label={label} help={help} error={error ?? wrong(reading, object, say)}>
        <Textarea
          className={styles.area}
          rows={rows}
          resize="vertical"
          spellCheck={false}
          value={value}
          onChange={(_, data) => onChange(data.value)}
        />
      </Field>
      <Button
        size="small"
        appearance="subtle"
        className={styles.format}
        disabled={!reading || !('value' in reading)}
        onClick={() => reading && 'value' in reading && onChange(printJson(reading.value))}
      >
        {say('format')}
      </Button>
    </div>
  )
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

function wrong(
  reading: JsonReading | undefined,
  object: boolean,
  say: ReturnType<typeof useText<'jsonWrong' | 'jsonNoObject'>>,
): string | undefined {
  if (!reading) return
  if ('why' in reading) return say('jsonWrong', { line: reading.line, column: reading.column, why: reading.why })
  return object && !isObject(reading.value) ? say('jsonNoObject') : undefined
}
