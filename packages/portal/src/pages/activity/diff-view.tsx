/** Before and after, member by member; a secret is only ever said to have changed. */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import type { Json } from '../../api/json.ts'
import { useText } from '../../i18n/i18n.ts'
import { type Difference, isSecret, masked } from './diff.ts'
import { text } from './text.ts'

const useStyles = makeStyles({
  table: { width: '100%', borderCollapse: 'collapse', fontSize: tokens.fontSizeBase200 },
  row: {
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    '@media (max-width: 760px)': { display: 'flex', flexDirection: 'column' },
  },
  path: {
    width: '30%',
    padding: '4px 12px 4px 0',
    textAlign: 'left',
    verticalAlign: 'top',
    fontWeight: 'normal',
    fontFamily: tokens.fontFamilyMonospace,
    '@media (max-width: 760px)': { width: 'auto' },
  },
  cell: { padding: '4px 0', verticalAlign: 'top' },
  value: {
    display: 'block',
    width: 'fit-content',
    maxWidth: '100%',
    boxSizing: 'border-box',
    padding: '1px 6px',
    margin: '0 0 2px',
    borderRadius: tokens.borderRadiusSmall,
    fontFamily: tokens.fontFamilyMonospace,
    whiteSpace: 'pre-wrap',
    textDecorationLine: 'none',
    color: tokens.colorNeutralForeground1,
  },
  was: { backgroundColor: tokens.colorPaletteRedBackground1 },
  is: { backgroundColor: tokens.colorPaletteGreenBackground1 },
  note: { color: tokens.colorNeutralForeground2, fontStyle: 'italic' },
})

interface DiffOrder {
  readonly differences: readonly Difference[]
  readonly shortened: string | undefined
}

export function DiffView({ differences, shortened }: DiffOrder) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <>
      {differences.length === 0 && <div className={styles.note}>{say('same')}</div>}
      <table className={styles.table}>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{say('member')}</th>
            <th scope="col">{say('change')}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference) => (
            <tr key={difference.path} className={styles.row}>
              <th scope="row" className={styles.path}>
                {difference.path || say('whole')}
              </th>
              <td className={styles.cell}>
                <Change difference={difference} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shortened !== undefined && <div className={styles.note}>{say('shortened')}</div>}
    </>
  )
}

function Change({ difference: { kind, before, after } }: { readonly difference: Difference }) {
  const styles = useStyles()
  const say = useText(text)
  if (kind === 'changed' && isSecret(before) && isSecret(after))
    return <span className={styles.note}>{say('secretChanged')}</span>
  return (
    <>
      {before !== undefined && <Value as="del" says={say('was')} value={before} />}
      {after !== undefined && <Value as="ins" says={say('is')} value={after} />}
    </>
  )
}

interface ValueOrder {
  readonly as: 'del' | 'ins'
  /** For screen readers: `before:`. */
  readonly says: string
  readonly value: Json
}

function Value({ as: Tag, says, value }: ValueOrder) {
  const styles = useStyles()
  const say = useText(text)
  return (
    <Tag className={mergeClasses(styles.value, Tag === 'del' ? styles.was : styles.is)}>
      <span aria-hidden>{Tag === 'del' ? '− ' : '+ '}</span>
      <span className="visually-hidden">{says} </span>
      {isSecret(value) ? say('secret') : masked(printed(value))}
    </Tag>
  )
}

/** What is short stays on its line. */
const printed = (value: Json): string => {
  if (typeof value === 'string') return value
  const line = JSON.stringify(value)
  return line.length <= 60 ? line : JSON.stringify(value, undefined, 2)
}
