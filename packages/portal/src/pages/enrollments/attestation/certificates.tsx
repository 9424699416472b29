/** Certificates of a group's issuer or of one device, primary and secondary: dropped, pasted, kept, exchanged. */
import { useText } from '../../../i18n/i18n.ts'
import { type Editing, useFaultAt } from '../form/editing.ts'
import type { Slot, Slots } from '../form/form.ts'
import { text } from '../form/text.ts'
import { CertificateSlot } from './certificate-slot.tsx'
import { commonNameOf } from './common-name.ts'

export function Certificates({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const faultAt = useFaultAt(editing)
  const { kind, exists, form, before, set } = editing
  const { certificates } = form
  const kept = before.mechanism === form.mechanism ? before.certificates : {}
  const put = (slots: Slots) => set({ certificates: slots })
  const choose = (slot: keyof Slots) => (chosen: Slot | undefined) => {
    const { [slot]: _, ...others } = certificates
    const commonName = chosen && commonNameOf(chosen.info)
    const named = kind === 'individual' && !exists && form.id.trim() === '' && commonName
    set({ certificates: chosen ? { ...others, [slot]: chosen } : others, ...(named && { id: commonName }) })
  }
  const { primary, secondary } = certificates
  return (
    <>
      <CertificateSlot
        label={say('primaryCertificate')}
        editing={editing}
        error={faultAt('certificates')}
        value={primary}
        kept={kept.primary}
        onChange={choose('primary')}
        move={
          primary && !secondary ? { label: say('moveToSecondary'), go: () => put({ secondary: primary }) } : undefined
        }
      />
      <CertificateSlot
        label={say('secondaryCertificate')}
        help={say('secondaryCertificateHelp')}
        editing={editing}
        value={secondary}
        kept={kept.secondary}
        onChange={choose('secondary')}
        move={
          secondary
            ? {
                label: say('moveToPrimary'),
                go: () => put({ primary: secondary, ...(primary && { secondary: primary }) }),
              }
            : undefined
        }
      />
    </>
  )
}
