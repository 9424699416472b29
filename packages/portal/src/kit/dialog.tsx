/**
 * A modal dialog, the browser's own: it holds the focus, makes the page behind it inert, gives the focus back. (Fluent's
 * leaves focusable elements in the page that are hidden from screen readers, which axe refuses. A Dropdown or Combobox
 * inside needs `inlinePopup`.)
 */
import { makeStyles, mergeClasses, tokens, typographyStyles } from '@fluentui/react-components'
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'

const useStyles = makeStyles({
  dialog: {
    boxSizing: 'border-box',
    width: 'min(600px, calc(100vw - 32px))',
    maxHeight: 'calc(100dvh - 32px)',
    padding: '24px',
    border: 'none',
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    boxShadow: tokens.shadow64,
    fontFamily: tokens.fontFamilyBase,
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    '::backdrop': { backgroundColor: 'rgba(0, 0, 0, 0.4)' },
  },
  side: {
    margin: 0,
    width: '280px',
    height: '100dvh',
    maxHeight: '100dvh',
    padding: 0,
    borderRadius: 0,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  title: { ...typographyStyles.subtitle1, margin: '0 0 12px' },
  content: { display: 'flex', flexDirection: 'column', gap: '12px' },
  actions: { display: 'flex', flexWrap: 'wrap', justifyContent: 'flex-end', gap: '8px', marginTop: '24px' },
})

export interface DialogOrder {
  readonly open: boolean
  readonly title: string
  readonly children: ReactNode
  /** Buttons, the main one first. */
  readonly actions?: ReactNode
  /** Escape, or a press beside a dialog that stands at the side. */
  readonly onClose: () => void
  /** At the left edge, the title for screen readers only. */
  readonly side?: boolean
}

export function Dialog(order: DialogOrder) {
  return order.open ? <OpenDialog {...order} /> : null
}

function OpenDialog({ title, children, actions, onClose, side = false }: DialogOrder) {
  const styles = useStyles()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    // gives the focus back to where it was
    return () => element?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={mergeClasses(styles.dialog, side && styles.side)}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => side && event.target === dialog.current && onClose()}
    >
      <h2 id={id} className={side ? 'visually-hidden' : styles.title}>
        {title}
      </h2>
      {side ? children : <div className={styles.content}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </dialog>
  )
}
