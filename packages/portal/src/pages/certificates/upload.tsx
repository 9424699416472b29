/** A certificate more: a file is dropped, what is in it is shown, one is chosen and named. */
import { Checkbox, Input } from '@fluentui/react-components'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useCertificates, useSaveCertificate } from '../../api/certificates.ts'
import { useText } from '../../i18n/i18n.ts'
import { Field } from '../../kit/field.tsx'
import { Form } from '../../kit/form.tsx'
import { FormBar } from '../../kit/form-bar.tsx'
import { useGo } from '../../kit/leave-guard.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { Section } from '../../kit/section.tsx'
import { useToast } from '../../kit/toasts.tsx'
import { ChooseCertificate, type Chosen } from './choose.tsx'
import { text } from './text.ts'

interface Naming {
  /** As typed; absent: what the file suggests. */
  readonly name?: string
  readonly isVerified: boolean
}

export function Upload() {
  const say = useText(text)
  const toast = useToast()
  const [, navigate] = useLocation()
  const go = useGo()
  const certificates = useCertificates()
  const save = useSaveCertificate()
  const [chosen, setChosen] = useState<Chosen>()
  const [naming, setNaming] = useState<Naming>({ isVerified: false })
  const [tried, setTried] = useState(false)
  const name = naming.name ?? chosen?.suggestedName ?? ''
  const taken = certificates.data?.some((one) => one.name.toLowerCase() === name.trim().toLowerCase()) ?? false
  const wrong = taken ? say('nameTaken') : tried && name.trim() === '' ? say('needsName') : undefined
  const submit = async () => {
    setTried(true)
    if (!chosen || taken || name.trim() === '') return
    const { isVerified } = naming
    const saved = await save.mutateAsync({ name: name.trim(), certificate: chosen.der, isVerified })
    toast(say('uploaded', { name: saved.name }))
    go(`/certificates/${encodeURIComponent(saved.name)}`)
  }
  return (
    <Frame title={say('upload')} breadcrumb={[{ label: say('title'), href: '/certificates' }]}>
      <Form onSubmit={submit}>
        <Section title={say('file')}>
          <div>{say('fileHelp')}</div>
          <ChooseCertificate
            chosen={chosen}
            onChoose={(next) => {
              save.reset()
              setChosen(next)
            }}
          />
          {chosen && (
            <>
              <Field label={say('name')} hint={say('nameHelp')} required error={save.isPending ? undefined : wrong}>
                <Input
                  value={name}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={(_, { value }) => setNaming({ ...naming, name: value })}
                />
              </Field>
              <Checkbox
                checked={naming.isVerified}
                label={
                  <>
                    {say('verifiedOnUpload')}
                    <div>{say('verifiedOnUploadHelp')}</div>
                  </>
                }
                onChange={(_, { checked }) => setNaming({ ...naming, isVerified: checked === true })}
              />
            </>
          )}
        </Section>
        <FormBar
          dirty={chosen !== undefined}
          busy={save.isPending}
          problem={save.error}
          saveLabel={say('upload')}
          onCancel={() => navigate('/certificates')}
        />
      </Form>
    </Frame>
  )
}
