/** Changing an enrollment under its etag: where somebody else was quicker, nothing that was typed is lost. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import {
  type EnrollmentKind,
  type EnrollmentView,
  idOf,
  readEnrollment,
  useEnrollment,
  useSaveEnrollment,
} from '../../../api/enrollments.ts'
import { asProblem } from '../../../api/problem.ts'
import { useText } from '../../../i18n/i18n.ts'
import { useGo } from '../../../kit/leave-guard.ts'
import { Page as Frame } from '../../../kit/page.tsx'
import { ProblemBar } from '../../../kit/problem-bar.tsx'
import { useToast } from '../../../kit/toasts.tsx'
import { Waiting } from '../../../kit/waiting.tsx'
import { enrollmentHref, listHref } from '../addresses.ts'
import { handWarnings } from '../details/warnings.tsx'
import { text as common } from '../text.ts'
import { bodyOf } from './body.ts'
import { EnrollmentForm } from './enrollment-form.tsx'
import { type Merged, mergeForms } from './merge.ts'
import { readForm } from './read-form.ts'
import { Reread, Stale } from './stale.tsx'
import { text } from './text.ts'

interface EditOrder {
  readonly kind: EnrollmentKind
  readonly id: string
}

export function Edit({ kind, id }: EditOrder) {
  const say = useText(text)
  const sayCommon = useText(common)
  const { data, error, refetch } = useEnrollment(kind, id)
  return (
    <Frame
      title={say('editTitle', { id: data ? idOf(data) : id })}
      breadcrumb={[
        { label: sayCommon('title'), href: listHref(kind) },
        { label: id, href: enrollmentHref(kind, id) },
      ]}
    >
      {error && <ProblemBar problem={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for={sayCommon('reading')} />}
      {data && <EditForm kind={kind} id={id} newest={data} />}
    </Frame>
  )
}

function EditForm({ kind, id, newest }: EditOrder & { readonly newest: EnrollmentView }) {
  const say = useText(text)
  const toast = useToast()
  const [, navigate] = useLocation()
  const go = useGo()
  const [read, setRead] = useState(newest)
  const [form, setForm] = useState(() => readForm(newest))
  const [merged, setMerged] = useState<Merged>()
  const save = useSaveEnrollment(kind)
  const before = readForm(read)
  const refused = save.error ? asProblem(save.error) : undefined
  const isStale = refused?.status === 412 || (newest.etag !== read.etag && !save.isPending && !save.isSuccess)
  const readAgain = async () => {
    const now = await readEnrollment(kind, id)
    const result = mergeForms(form, before, readForm(now))
    save.reset()
    setRead(now)
    setForm(result.form)
    setMerged(result)
  }
  const saveIt = async () => {
    const { warnings } = await save.mutateAsync({ enrollment: bodyOf(kind, form, read), ifMatch: read.etag })
    handWarnings(warnings)
    toast(say('saved', { id: form.id }))
    go(enrollmentHref(kind, id))
  }
  return (
    <>
      {isStale && <Stale onReadAgain={readAgain} />}
      {merged && !isStale && <Reread merged={merged} kind={kind} />}
      <EnrollmentForm
        kind={kind}
        form={form}
        before={before}
        read={read}
        onChange={setForm}
        onSave={saveIt}
        onCancel={() => navigate(enrollmentHref(kind, id))}
        busy={save.isPending}
        problem={refused?.status === 412 ? undefined : refused}
      />
    </>
  )
}
