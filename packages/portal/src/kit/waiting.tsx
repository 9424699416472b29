/** Says what is being waited for, and only once the wait is long enough to be noticed. */
import { makeStyles, Spinner } from '@fluentui/react-components'
import { useEffect, useState } from 'react'

const noticedMs = 400
const useStyles = makeStyles({ box: { padding: '32px', minHeight: '40px' } })

export function Waiting({ for: what }: { readonly for: string }) {
  const styles = useStyles()
  const [noticed, setNoticed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setNoticed(true), noticedMs)
    return () => clearTimeout(timer)
  }, [])
  return <div className={styles.box}>{noticed && <Spinner label={what} />}</div>
}
