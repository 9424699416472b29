/** A form: submitted by Enter as by its button. What is refused is shown by its FormBar, so a rejection ends here. */
import { makeStyles } from '@fluentui/react-components'
import type { FormEvent, ReactNode } from 'react'

const useStyles = makeStyles({ form: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 } })

export interface FormOrder {
  readonly onSubmit: () => Promise<unknown>
  readonly children: ReactNode
}

export function Form({ onSubmit, children }: FormOrder) {
  const styles = useStyles()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void onSubmit().catch(() => undefined)
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {children}
    </form>
  )
}
