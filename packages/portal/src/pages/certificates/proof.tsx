/** The verification certificate is dropped and sent; refused, it may be sent again or replaced by another one. */
import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { type CaCertificateView, useVerify } from '../../api/certificates.ts'
import { asProblem } from '../../api/problem.ts'
import { useText } from '../../i18n/i18n.ts'
import { type DroppedFile, FileDrop } from '../../kit/file-drop.tsx'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { Waiting } from '../../kit/waiting.tsx'
import { holdsPrivateKey } from './private-key.ts'
import { verifyText } from './verify-text.ts'

const useStyles = makeStyles({ quiet: { color: tokens.colorNeutralForeground2 } })

/** A proof that was judged wrong stays wrong. */
const isWorthAgain = (error: unknown) => asProblem(error).status !== 400

export function Proof({ certificate: { name, etag, verificationCode } }: { readonly certificate: CaCertificateView }) {
  const styles = useStyles()
  const say = useText(verifyText)
  const toast = useToast()
  const verify = useVerify()
  const [file, setFile] = useState<DroppedFile>()
  const [keyIn, setKeyIn] = useState<string>()
  const [sentFor, setSentFor] = useState<string>()
  const send = async ({ certificate }: DroppedFile) => {
    setSentFor(verificationCode)
    await verify.mutateAsync({ name, certificate, ifMatch: etag })
    toast(say('verified', { name }))
  }
  const take = async ([dropped]: readonly DroppedFile[]) => {
    if (!dropped) return
    verify.reset()
    const holdsKey = holdsPrivateKey(dropped.certificate)
    setKeyIn(holdsKey ? dropped.name : undefined)
    setFile(holdsKey ? undefined : dropped)
    if (!holdsKey) await send(dropped)
  }
  // what was wrong under the code before says nothing about this one
  const problem = sentFor === verificationCode || isWorthAgain(verify.error) ? verify.error : null
  if (verificationCode === undefined) return <div className={styles.quiet}>{say('first')}</div>
  return (
    <>
      <FileDrop
        label={say('file')}
        accept=".pem,.cer,.crt,.der"
        onFiles={(files) => void take(files).catch(() => undefined)}
      />
      {keyIn !== undefined && <ProblemBar problem={say('privateKey', { file: keyIn })} />}
      {verify.isPending && <Waiting for={say('verifying')} />}
      {problem && <ProblemBar problem={problem} />}
      {problem && file && isWorthAgain(problem) && (
        <div>
          <Button onClick={() => void send(file).catch(() => undefined)}>{say('retry', { file: file.name })}</Button>
        </div>
      )}
    </>
  )
}
