/** A few rows that need neither search nor paging. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { Facts } from './facts.tsx'
import { useNarrow } from './narrow.ts'

const useStyles = makeStyles({
  scroll: { overflowX: 'auto', ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: { padding: '8px 0', borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  table: { width: '100%', borderCollapse: 'collapse' },
  header: {
    textAlign: 'left',
    verticalAlign: 'bottom',
    padding: '6px 12px 6px 0',
    fontWeight: tokens.fontWeightSemibold,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  cell: {
    textAlign: 'left',
    verticalAlign: 'top',
    padding: '8px 12px 8px 0',
    fontWeight: 'normal',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    minWidth: '70px',
  },
})

export interface SmallTableOrder {
  readonly label: string
  readonly headers: readonly string[]
  /** The first cell names its row. */
  readonly rows: readonly { readonly id: string; readonly cells: readonly ReactNode[] }[]
}

export function SmallTable(order: SmallTableOrder) {
  return useNarrow() ? <AsList {...order} /> : <AsTable {...order} />
}

/** Where a row does not fit beside itself, each is a list of its own. */
function AsList({ label, headers, rows }: SmallTableOrder) {
  const styles = useStyles()
  return (
    <ul className={styles.list} aria-label={label}>
      {rows.map(({ id, cells }) => (
        <li key={id} className={styles.item}>
          <Facts facts={headers.map((header, index) => [header, cells[index]] as const)} />
        </li>
      ))}
    </ul>
  )
}

function AsTable({ label, headers, rows }: SmallTableOrder) {
  const styles = useStyles()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must be able to
    <div className={styles.scroll} tabIndex={0} role="group" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {headers.map((header) => (
              <th key={header} scope="col" className={styles.header}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, cells: [first, ...rest] }) => (
            <tr key={id}>
              <th scope="row" className={styles.cell}>
                {first}
              </th>
              {rest.map((cell, index) => (
                <td key={headers[index + 1]} className={styles.cell}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
