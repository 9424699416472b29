/** The end of a hub, with what goes along with it. */
import { Button } from '@fluentui/react-components'
import { DeleteRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { type HubView, useRemoveHub } from '../../api/hubs.ts'
import { useMay } from '../../api/session.ts'
import { useText } from '../../i18n/i18n.ts'
import { ConfirmDialog } from '../../kit/confirm-dialog.tsx'
import { useGo } from '../../kit/leave-guard.ts'
import { useToast } from '../../kit/toasts.tsx'
import { text } from './text.ts'

export function Remove({ hub: { name, kind, devices = 0 } }: { readonly hub: HubView }) {
  const say = useText(text)
  const toast = useToast()
  const go = useGo()
  const may = useMay('ManagementWrite')
  const remove = useRemoveHub()
  const [asked, setAsked] = useState(false)
  if (!may) return null
  const goes =
    kind === 'azure' ? say('removeLink') : devices === 0 ? say('removeEmpty') : say('removeDevices', { count: devices })
  return (
    <>
      <Button icon={<DeleteRegular />} onClick={() => setAsked(true)}>
        {say('remove')}
      </Button>
      <ConfirmDialog
        open={asked}
        title={say('askRemove', { name })}
        confirm={devices > 0 ? say('removeWith', { count: devices }) : say('removeDo')}
        onConfirm={async () => {
          // only what was said may go: devices that came meanwhile are a refusal that counts them
          await remove.mutateAsync({ name, force: devices > 0 })
          toast(say('removed', { name }))
          go('/hubs')
        }}
        onClose={() => setAsked(false)}
      >
        <div>{goes}</div>
        <div>{say('removeEnrollments')}</div>
      </ConfirmDialog>
    </>
  )
}
