/** The two kinds of enrollment, each with its own address. */
import { type ReactNode, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import type { EnrollmentKind } from '../../api/enrollments.ts'
import { useText } from '../../i18n/i18n.ts'
import { Tabs } from '../../kit/tabs.tsx'
import { listHref } from './addresses.ts'
import { text } from './text.ts'

/** Each kind is a page of its own: the tab that was gone to by keyboard is made anew, and gets the focus back. */
let goneTo: EnrollmentKind | undefined

export function KindTabs({ kind, children }: { readonly kind: EnrollmentKind; readonly children: ReactNode }) {
  const say = useText(text)
  const [, navigate] = useLocation()
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (goneTo === kind) place.current?.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus()
    goneTo = undefined
  }, [kind])
  return (
    <div ref={place}>
      <Tabs
        label={say('tabs')}
        tabs={[
          { value: 'group', label: say('groups') },
          { value: 'individual', label: say('individuals') },
        ]}
        value={kind}
        onChange={(next) => {
          goneTo = next
          navigate(listHref(next))
        }}
      >
        {children}
      </Tabs>
    </div>
  )
}
