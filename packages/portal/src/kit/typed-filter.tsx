/** A filter whose value is typed, with suggestions: for what there may be 100,000 of. */
import { Input } from '@fluentui/react-components'
import { useEffect, useId, useState } from 'react'
import type { ListView } from './list-view.ts'
import type { Filter } from './table-toolbar.tsx'

interface TypedFilterOrder extends Filter {
  readonly onType: (typed: string) => void
  readonly view: ListView
}

export function TypedFilter({ id, label, options, onType, view }: TypedFilterOrder) {
  const listId = useId()
  const asked = view.query[id] ?? ''
  const [typed, setTyped] = useState(asked)
  useEffect(() => setTyped(asked), [asked])
  const apply = (value: string) => value !== asked && view.change({ [id]: value })
  const onChange = (value: string) => {
    setTyped(value)
    onType(value)
    // chosen among the suggestions, or emptied: nothing more will be typed
    if (value === '' || options.some((option) => option.value === value)) apply(value)
  }
  return (
    <>
      <Input
        aria-label={label}
        placeholder={label}
        type="search"
        list={listId}
        value={typed}
        onChange={(_, { value }) => onChange(value)}
        onBlur={() => apply(typed)}
        onKeyDown={({ key }) => key === 'Enter' && apply(typed)}
      />
      <datalist id={listId}>
        {options.map(({ value }) => (
          <option key={value} value={value} />
        ))}
      </datalist>
    </>
  )
}
