/** A refusal, as the API said it, to who reads Dutch with what to do; with its code and its tracking id as a link to what happened. */
import { Button, MessageBar, MessageBarActions, MessageBarBody, makeStyles } from '@fluentui/react-components'
import { asProblem } from '../api/problem.ts'
import { useSessionState } from '../api/session.ts'
import { useText } from '../i18n/i18n.ts'
import { Link } from './link.tsx'
import { HeadedRefusal } from './refusal-says.tsx'
import { text } from './text.ts'

const useStyles = makeStyles({ says: { whiteSpace: 'pre-line' }, facts: { display: 'block', marginTop: '2px' } })

export interface ProblemOrder {
  /** Whatever was thrown. */
  readonly problem: unknown
  readonly onRetry?: () => void
}

export function ProblemBar({ problem: thrown, onRetry }: ProblemOrder) {
  const styles = useStyles()
  const say = useText(text)
  const problem = asProblem(thrown)
  const { errorCode, trackingId, reason, message } = problem
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        <span className={styles.says}>
          {reason === 'unreachable' ? (
            say('unreachable', { why: message })
          ) : (
            <HeadedRefusal reason={reason} message={message} />
          )}
        </span>
        {(errorCode !== undefined || trackingId !== undefined) && (
          <span className={styles.facts}>
            {errorCode !== undefined && say('errorCode', { code: errorCode })}
            {errorCode !== undefined && trackingId !== undefined && ', '}
            {trackingId !== undefined && <Tracking id={trackingId} />}
          </span>
        )}
      </MessageBarBody>
      {onRetry && (
        <MessageBarActions>
          <Button onClick={onRetry}>{say('tryAgain')}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  )
}

/** Its page is for those who are signed in. */
function Tracking({ id }: { readonly id: string }) {
  const say = useText(text)
  const { kind } = useSessionState()
  return (
    <>
      {say('trackingId')}{' '}
      {kind === 'here' ? (
        <Link href={`/trace/${encodeURIComponent(id)}`} inline>
          {id}
        </Link>
      ) : (
        id
      )}
    </>
  )
}
