/** How devices prove who they are: the choice, and what belongs to what was chosen. */
import { useText } from '../../../i18n/i18n.ts'
import { Choices } from '../form/choices.tsx'
import type { Editing } from '../form/editing.ts'
import { isX509, type Mechanism, mechanisms } from '../form/form.ts'
import { text } from '../form/text.ts'
import { text as common } from '../text.ts'
import { CaReferences } from './ca-references.tsx'
import { Certificates } from './certificates.tsx'
import { SymmetricKeys } from './symmetric-keys.tsx'
import { Tpm } from './tpm.tsx'

const helps = {
  caReferences: 'caReferencesHelp',
  signingCertificates: 'signingCertificatesHelp',
  clientCertificates: 'clientCertificatesHelp',
  tpm: 'tpmHelp',
} as const

export function Mechanisms({ editing }: { readonly editing: Editing }) {
  const say = useText(text)
  const sayCommon = useText(common)
  const { kind, exists, form, before, set } = editing
  // the type of an enrollment stays; among certificates one may change (contract/service-api 9)
  const possible = (one: Mechanism) => !exists || one === before.mechanism || (isX509(one) && isX509(before.mechanism))
  const keysHelp = kind === 'group' ? 'symmetricKeyHelpGroup' : 'symmetricKeyHelpIndividual'
  return (
    <>
      <Choices
        label={say('mechanism')}
        help={say(exists ? 'mechanismFixed' : 'mechanismHelp')}
        value={form.mechanism}
        onChange={(mechanism) => set({ mechanism })}
        choices={mechanisms[kind].map((value) => ({
          value,
          label: sayCommon(value),
          help: say(value === 'symmetricKey' ? keysHelp : helps[value]),
          disabled: !possible(value),
        }))}
      />
      <Chosen editing={editing} />
    </>
  )
}

function Chosen({ editing }: { readonly editing: Editing }) {
  const { mechanism } = editing.form
  if (mechanism === 'caReferences') return <CaReferences editing={editing} />
  if (mechanism === 'symmetricKey') return <SymmetricKeys editing={editing} />
  if (mechanism === 'tpm') return <Tpm editing={editing} />
  return <Certificates editing={editing} />
}
