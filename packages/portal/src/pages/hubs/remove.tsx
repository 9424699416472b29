/** The end of a hub, with what goes along with it. */
import { type HubView, useRemoveHub } from '../../api/hubs.ts'
import { useText } from '../../i18n/i18n.ts'
import { RemoveButton } from '../../kit/remove-button.tsx'
import { text } from './text.ts'

export function Remove({ hub: { name, kind, devices = 0 } }: { readonly hub: HubView }) {
  const say = useText(text)
  const remove = useRemoveHub()
  const goes =
    kind === 'azure' ? say('removeLink') : devices === 0 ? say('removeEmpty') : say('removeDevices', { count: devices })
  return (
    <RemoveButton
      label={say('remove')}
      title={say('askRemove', { name })}
      confirm={devices > 0 ? say('removeWith', { count: devices }) : say('removeDo')}
      // only what was said may go: devices that came meanwhile are a refusal that counts them
      onRemove={() => remove.mutateAsync({ name, force: devices > 0 })}
      removed={say('removed', { name })}
      list="/hubs"
    >
      <div>{goes}</div>
      <div>{say('removeEnrollments')}</div>
    </RemoveButton>
  )
}
