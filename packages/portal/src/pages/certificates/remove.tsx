/** The end of an uploaded certificate. Where groups rely on it the service refuses and names them; then it may be forced. */
import { Button, Checkbox } from '@fluentui/react-components'
import { DeleteRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { type CaCertificateView, useDeleteCertificate } from '../../api/certificates.ts'
import { asProblem } from '../../api/problem.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { ConfirmDialog } from '../../kit/confirm-dialog.tsx'
import { useGo } from '../../kit/leave-guard.ts'
import { useToast } from '../../kit/toasts.tsx'
import { text } from './text.ts'

export function Remove({ certificate: { name, etag } }: { readonly certificate: CaCertificateView }) {
  const say = useText(text)
  const toast = useToast()
  const go = useGo()
  const may = useMay('ManagementWrite')
  const remove = useDeleteCertificate()
  const [asked, setAsked] = useState(false)
  const [force, setForce] = useState(false)
  if (!may) return null
  const inUse = asProblem(remove.error).status === 409
  return (
    <>
      <Button icon={<DeleteRegular />} onClick={() => setAsked(true)}>
        {say('remove')}
      </Button>
      <ConfirmDialog
        open={asked}
        title={say('askRemove', { name })}
        confirm={say('remove')}
        onConfirm={async () => {
          await remove.mutateAsync({ name, ifMatch: etag, force })
          toast(say('removed', { name }))
          go('/certificates')
        }}
        onClose={() => {
          setAsked(false)
          setForce(false)
          remove.reset()
        }}
      >
        <div>{say('removeHelp')}</div>
        {(inUse || force) && (
          <Checkbox
            checked={force}
            label={
              <>
                <strong>{say('force')}</strong>
                <div>{say('forceHelp')}</div>
              </>
            }
            onChange={(_, { checked }) => setForce(checked === true)}
          />
        )}
      </ConfirmDialog>
    </>
  )
}
