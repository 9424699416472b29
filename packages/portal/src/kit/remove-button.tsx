/** On a thing's own page: deletes it once that was asked, and leads back to the list that it was in. */
import { Button } from '@fluentui/react-components'
import { DeleteRegular } from '@fluentui/react-icons'
import { type ReactNode, useState } from 'react'
import { useMay } from '../api/session.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { useGo } from './leave-guard.ts'
import { useToast } from './toasts.tsx'

export interface RemoveOrder {
  readonly label: string
  readonly title: string
  readonly confirm: string
  /** What will go, and what becomes of the rest. */
  readonly children: ReactNode
  readonly onRemove: () => Promise<unknown>
  /** Told once it is gone. */
  readonly removed: string
  /** Below /portal. */
  readonly list: string
  readonly onClose?: () => void
}

export function RemoveButton({ label, title, confirm, children, onRemove, removed, list, onClose }: RemoveOrder) {
  const toast = useToast()
  const go = useGo()
  const may = useMay('ManagementWrite')
  const [asked, setAsked] = useState(false)
  if (!may) return null
  return (
    <>
      <Button icon={<DeleteRegular />} onClick={() => setAsked(true)}>
        {label}
      </Button>
      <ConfirmDialog
        open={asked}
        title={title}
        confirm={confirm}
        onConfirm={async () => {
          await onRemove()
          toast(removed)
          go(list)
        }}
        onClose={() => {
          setAsked(false)
          onClose?.()
        }}
      >
        {children}
      </ConfirmDialog>
    </>
  )
}
