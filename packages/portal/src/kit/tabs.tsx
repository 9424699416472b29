/**
 * Tabs: arrow keys move among them, Tab goes on to what the chosen one shows. Fluent's own put focusable elements that
 * are hidden from screen readers beside them, which axe refuses.
 */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react'

const useStyles = makeStyles({
  list: { display: 'flex', flexWrap: 'wrap', gap: '4px', borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  tab: {
    padding: '10px 12px 8px',
    border: 'none',
    borderBottom: '3px solid transparent',
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground2,
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
    cursor: 'pointer',
    ':hover': { color: tokens.colorNeutralForeground1, backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    borderBottomColor: tokens.colorBrandStroke1,
  },
  panel: { display: 'flex', flexDirection: 'column', gap: '16px', paddingTop: '16px', minWidth: 0 },
})

export interface Tab<Value extends string> {
  readonly value: Value
  readonly label: string
}

export interface TabsOrder<Value extends string> {
  /** What the tabs are of, for screen readers. */
  readonly label: string
  readonly tabs: readonly Tab<Value>[]
  readonly value: Value
  /** `navigate(…)` where each has its own address. */
  readonly onChange: (value: Value) => void
  /** What the chosen one shows. */
  readonly children: ReactNode
}

export function Tabs<Value extends string>({ label, tabs, value, onChange, children }: TabsOrder<Value>) {
  const styles = useStyles()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const chosen = tabs.findIndex((tab) => tab.value === value)
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moves[event.key]?.(chosen, tabs.length)
    const tab = next === undefined ? undefined : tabs[next]
    if (next === undefined || !tab) return
    event.preventDefault()
    onChange(tab.value)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <div>
      <div ref={list} role="tablist" aria-label={label} className={styles.list}>
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={tab.value === value ? `${id}-panel` : undefined}
            tabIndex={tab.value === value ? 0 : -1}
            className={mergeClasses(styles.tab, tab.value === value && styles.chosen)}
            onClick={() => onChange(tab.value)}
            onKeyDown={onKeyDown}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} className={styles.panel}>
        {children}
      </div>
    </div>
  )
}

const moves: Readonly<Record<string, (chosen: number, count: number) => number>> = {
  ArrowRight: (chosen, count) => (chosen + 1) % count,
  ArrowLeft: (chosen, count) => (chosen + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
}
