/** Devices per hub, now and after: bars for the eye, and the numbers they are drawn from in the same table. */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/i18n.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  table: { borderCollapse: 'collapse', width: '100%', maxWidth: '720px', tableLayout: 'fixed' },
  name: {
    width: '34%',
    textAlign: 'left',
    fontWeight: 'normal',
    overflowWrap: 'anywhere',
    padding: '6px 12px 6px 0',
    verticalAlign: 'middle',
  },
  word: { width: '64px', textAlign: 'left', fontWeight: 'normal', color: tokens.colorNeutralForeground2 },
  line: { display: 'flex', alignItems: 'center', gap: '8px', height: '18px' },
  track: { flexGrow: 1, height: '10px', display: 'flex' },
  bar: { borderRadius: '0 3px 3px 0', transitionProperty: 'width', transitionDuration: '200ms' },
  nowBar: { backgroundColor: tokens.colorNeutralStroke1Hover },
  afterBar: { backgroundColor: tokens.colorBrandBackground },
  number: { minWidth: '64px', textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
  first: { borderTop: `1px solid ${tokens.colorNeutralStroke3}` },
})

export interface Row {
  readonly id: string
  readonly name: string
  readonly before: number
  readonly after: number
}

export function BeforeAfter({ rows }: { readonly rows: readonly Row[] }) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const most = Math.max(1, ...rows.flatMap(({ before, after }) => [before, after]))
  return (
    <table className={styles.table} aria-label={say('wouldMove')}>
      {rows.map(({ id, name, ...counts }) => (
        <tbody key={id}>
          {(['before', 'after'] as const).map((when) => (
            <tr key={when} className={when === 'before' ? styles.first : undefined}>
              {when === 'before' && (
                <th scope="rowgroup" rowSpan={2} className={styles.name}>
                  {name}
                </th>
              )}
              <th scope="row" className={styles.word}>
                {say(when)}
              </th>
              <td>
                <div className={styles.line}>
                  <div className={styles.track} aria-hidden>
                    <div
                      className={mergeClasses(styles.bar, when === 'before' ? styles.nowBar : styles.afterBar)}
                      // one device among thousands is to be seen, none is not
                      style={{ width: `${(counts[when] / most) * 100}%`, minWidth: counts[when] > 0 ? 2 : 0 }}
                    />
                  </div>
                  <span className={styles.number}>{format.number(counts[when])}</span>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  )
}
