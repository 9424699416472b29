/** A new enrollment. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type EnrollmentKind, idOf, useSaveEnrollment } from '../../../api/enrollments.ts'
import { useText } from '../../../i18n/i18n.ts'
import { useGo } from '../../../kit/leave-guard.ts'
import { Page as Frame } from '../../../kit/page.tsx'
import { useToast } from '../../../kit/toasts.tsx'
import { enrollmentHref, listHref } from '../addresses.ts'
import { handWarnings } from '../details/warnings.tsx'
import { text as common } from '../text.ts'
import { bodyOf } from './body.ts'
import { EnrollmentForm } from './enrollment-form.tsx'
import { newForm } from './form.ts'
import { text } from './text.ts'

export function Create({ kind }: { readonly kind: EnrollmentKind }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const toast = useToast()
  const [, navigate] = useLocation()
  const go = useGo()
  const [before] = useState(() => newForm(kind))
  const [form, setForm] = useState(before)
  const save = useSaveEnrollment(kind)
  const create = async () => {
    const { body, warnings } = await save.mutateAsync({ enrollment: bodyOf(kind, form) })
    handWarnings(warnings)
    toast(say('created', { id: idOf(body) }))
    go(enrollmentHref(kind, idOf(body)), { replace: true })
  }
  return (
    <Frame
      title={say(kind === 'group' ? 'addGroup' : 'addIndividual')}
      breadcrumb={[{ label: sayCommon('title'), href: listHref(kind) }]}
    >
      <EnrollmentForm
        kind={kind}
        form={form}
        before={before}
        onChange={setForm}
        onSave={create}
        onCancel={() => navigate(listHref(kind))}
        busy={save.isPending}
        problem={save.error}
      />
    </Frame>
  )
}
