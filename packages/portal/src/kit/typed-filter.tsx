/** A filter whose value is typed, with suggestions: for what there may be 100,000 of. */
import { Input } from '@fluentui/react-components'
import { useCallback, useEffect, useId, useState } from 'react'
import type { ListView } from './list-view.ts'
import type { Filter } from './table-toolbar.tsx'

interface TypedFilterOrder extends Filter {
  readonly onType: (typed: string) => void
  readonly view: ListView
}

export function TypedFilter({ id, label, options, onType, view }: TypedFilterOrder) {
  const listId = useId()
  const asked = view.query[id] ?? ''
  // undefined: nothing is being typed
  const [typed, setTyped] = useState<string>()
  const apply = useCallback(
    (value: string) => {
      setTyped(undefined)
      view.change({ [id]: value })
    },
    [id, view],
  )
  // emptied, or one of the suggestions: nothing more will be typed
  const whole = typed === '' || options.some(({ value }) => value === typed) ? typed : undefined
  useEffect(() => {
    if (whole !== undefined) apply(whole)
  }, [whole, apply])
  return (
    <>
      <Input
        aria-label={label}
        placeholder={label}
        type="search"
        list={listId}
        value={typed ?? asked}
        onChange={(_, { value }) => {
          setTyped(value)
          onType(value)
        }}
        onBlur={() => typed !== undefined && apply(typed)}
        onKeyDown={({ key }) => key === 'Enter' && typed !== undefined && apply(typed)}
      />
      <datalist id={listId}>
        {options.map(({ value }) => (
          <option key={value} value={value} />
        ))}
      </datalist>
    </>
  )
}
