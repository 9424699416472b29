/** The same thing in several tools, one at a time, each with a button to copy it. */
import { useState } from 'react'
import { CopyBox } from '../../kit/copy-box.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import type { Snippet } from './snippets.ts'

export function SnippetTabs({ label, snippets }: { readonly label: string; readonly snippets: readonly Snippet[] }) {
  const [chosen, setChosen] = useState(snippets[0]?.id ?? '')
  const shown = snippets.find(({ id }) => id === chosen)
  return (
    <Tabs
      label={label}
      tabs={snippets.map((snippet) => ({ value: snippet.id, label: snippet.label }))}
      value={chosen}
      onChange={setChosen}
    >
      {shown && <CopyBox block label={shown.label} value={shown.code} />}
    </Tabs>
  )
}
