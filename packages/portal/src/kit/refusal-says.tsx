/** What the service says of a refusal, in English; before it, for who reads Dutch, what to do. */
import { makeStyles } from '@fluentui/react-components'
import { useLanguage } from '../i18n/i18n.ts'
import { dutchHubRemedies } from './hub-reasons.ts'
import { dutchHeadings, dutchRemedies } from './in-dutch.ts'
import { useReason } from './reasons.ts'

interface RefusalOrder {
  /** Undefined: the portal itself has said it, in the reader's language. */
  readonly reason: string | undefined
  readonly message: string
}

const useStyles = makeStyles({ below: { display: 'block' } })

export function RefusalSays({ reason, message }: RefusalOrder) {
  const styles = useStyles()
  const language = useLanguage()
  if (reason === undefined) return message
  const remedy = language === 'nl' ? (dutchRemedies[reason] ?? dutchHubRemedies[reason]) : undefined
  if (remedy === undefined) return <Said>{message}</Said>
  return (
    <>
      {remedy}
      <span className={styles.below}>
        <Said>{message}</Said>
      </span>
    </>
  )
}

/** The same with its heading, where none stands above it. */
export function HeadedRefusal({ reason, message }: RefusalOrder) {
  const heading = useDutchHeading(reason)
  return (
    <>
      {heading && <strong>{heading}. </strong>}
      <RefusalSays reason={reason} message={message} />
    </>
  )
}

/** Undefined in English: there the sentence needs none. */
export function useDutchHeading(reason = ''): string | undefined {
  const language = useLanguage()
  const headingOf = useReason()
  return language === 'nl' ? (headingOf(reason) ?? dutchHeadings[reason]) : undefined
}

/** In the words of the service: a screen reader changes its voice. */
export function Said({ children }: { readonly children: string }) {
  return useLanguage() === 'en' ? children : <span lang="en">{children}</span>
}
