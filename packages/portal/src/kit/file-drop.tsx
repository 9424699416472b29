/** A place to drop files on, and a button for those who do not drag. Reads them here; nothing is sent. */
import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { DocumentArrowUpRegular } from '@fluentui/react-icons'
import { type DragEvent, useRef, useState } from 'react'
import { useFormat } from '../i18n/format.ts'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'center',
    gap: '8px 12px',
    padding: '20px',
    border: `2px dashed ${tokens.colorNeutralStrokeAccessible}`,
    borderRadius: tokens.borderRadiusLarge,
    color: tokens.colorNeutralForeground2,
  },
  over: { backgroundColor: tokens.colorBrandBackground2 },
  wrong: { color: tokens.colorPaletteRedForeground1, flexBasis: '100%', textAlign: 'center' },
})

export interface DroppedFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** As the certificate APIs take it: the text of a PEM or base64 file, else base64 of the bytes. */
  readonly certificate: string
}

export interface FileDropOrder {
  /** Names the button: `Certificate .pem or .cer file`. */
  readonly label: string
  /** Such as `.pem,.cer,.crt,.der`; a hint for the file picker only. */
  readonly accept?: string
  readonly multiple?: boolean
  readonly maxBytes?: number
  readonly onFiles: (files: readonly DroppedFile[]) => void
}

/** A chain of ten certificates of 64 KiB each is what the service reads at most. */
const usualMaxBytes = 640 * 1024

export function FileDrop({ label, accept, multiple = false, maxBytes = usualMaxBytes, onFiles }: FileDropOrder) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [wrong, setWrong] = useState<string>()

  const take = async (list: FileList | null) => {
    const files = [...(list ?? [])].slice(0, multiple ? undefined : 1)
    const large = files.find(({ size }) => size > maxBytes)
    setWrong(large && say('fileTooLarge', { name: large.name, limit: format.bytes(maxBytes) }))
    if (large || files.length === 0) return
    try {
      onFiles(await Promise.all(files.map(readFile)))
    } catch (error) {
      setWrong(say('fileUnreadable', { name: files.map(({ name }) => name).join(', '), why: String(error) }))
    }
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void take(event.dataTransfer.files)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse; the button does the same
    <div
      className={mergeClasses(styles.box, over && styles.over)}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={multiple}
        aria-label={label}
        onChange={(event) => {
          void take(event.target.files)
          // the same file once more is a new choice
          event.target.value = ''
        }}
      />
      <Button
        icon={<DocumentArrowUpRegular />}
        aria-label={`${label}: ${say('chooseFile')}`}
        onClick={() => input.current?.click()}
      >
        {say('chooseFile')}
      </Button>
      <span>{say(multiple ? 'dropHereMany' : 'dropHere')}</span>
      {wrong && (
        <span role="alert" className={styles.wrong}>
          {wrong}
        </span>
      )}
    </div>
  )
}

async function readFile(file: File): Promise<DroppedFile> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  return { name: file.name, bytes, certificate: isText(bytes) ? new TextDecoder().decode(bytes) : base64(bytes) }
}

/** DER begins with a SEQUENCE and holds control bytes soon; PEM and base64 do not. */
const isText = (bytes: Uint8Array) => bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d))

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
