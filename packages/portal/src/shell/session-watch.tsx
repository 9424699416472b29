/** Warns somebody who went away before the session ends. */
import { Button } from '@fluentui/react-components'
import { signOut } from '../api/session.ts'
import { useText } from '../i18n/i18n.ts'
import { Dialog } from '../kit/dialog.tsx'
import { useTimeLeft, warnSeconds } from './session-clock.ts'
import { text } from './text.ts'

export function SessionWatch() {
  const say = useText(text)
  const { seconds, extendable, stay } = useTimeLeft()
  const stayOn = extendable && (
    <Button appearance="primary" onClick={stay}>
      {say('staySignedIn')}
    </Button>
  )
  return (
    <Dialog
      open={seconds <= warnSeconds}
      title={say('aboutToEnd')}
      onClose={stay}
      actions={
        <>
          {stayOn}
          <Button onClick={() => void signOut()}>{say('signOut')}</Button>
        </>
      }
    >
      {say('endsIn', { count: Math.max(0, seconds) })}
    </Dialog>
  )
}
