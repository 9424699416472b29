/** The end of an uploaded certificate. Where groups rely on it the service refuses and names them; then it may be forced. */
import { Checkbox } from '@fluentui/react-components'
import { useState } from 'react'
import { type CaCertificateView, useDeleteCertificate } from '../../api/certificates.ts'
import { asProblem } from '../../api/problem.ts'
import { useText } from '../../i18n/i18n.ts'
import { RemoveButton } from '../../kit/remove-button.tsx'
import { text } from './text.ts'

export function Remove({ certificate: { name, etag } }: { readonly certificate: CaCertificateView }) {
  const say = useText(text)
  const remove = useDeleteCertificate()
  const [force, setForce] = useState(false)
  const inUse = asProblem(remove.error).status === 409
  return (
    <RemoveButton
      label={say('remove')}
      title={say('askRemove', { name })}
      confirm={say('remove')}
      onRemove={() => remove.mutateAsync({ name, ifMatch: etag, force })}
      removed={say('removed', { name })}
      list="/certificates"
      onClose={() => {
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
    </RemoveButton>
  )
}
