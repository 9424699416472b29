/** Whether what is shown follows what happens: a dot and its word. */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'

const useStyles = makeStyles({
  state: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '6px',
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
  },
  dot: { width: '10px', height: '10px', borderRadius: '50%', backgroundColor: tokens.colorNeutralForeground4 },
  live: {
    backgroundColor: tokens.colorPaletteGreenForeground1,
    animationName: {
      from: { boxShadow: `0 0 0 0 ${tokens.colorPaletteGreenBorder1}` },
      to: { boxShadow: '0 0 0 8px transparent' },
    },
    animationDuration: '1.8s',
    animationIterationCount: 'infinite',
    '@media (prefers-reduced-motion: reduce)': { animationName: 'none' },
  },
  lost: { backgroundColor: tokens.colorPaletteRedForeground1 },
})

export interface LiveDotOrder {
  readonly state: 'live' | 'paused' | 'lost'
  readonly label: string
}

export function LiveDot({ state, label }: LiveDotOrder) {
  const styles = useStyles()
  return (
    <span role="status" className={styles.state}>
      <span
        aria-hidden
        className={mergeClasses(styles.dot, state === 'live' && styles.live, state === 'lost' && styles.lost)}
      />
      {label}
    </span>
  )
}
