/** A few rows that need neither search nor paging. */
import { makeStyles, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'

const useStyles = makeStyles({
  scroll: { overflowX: 'auto', ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
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

export function SmallTable({ label, headers, rows }: SmallTableOrder) {
  const styles = useStyles()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must be able to
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
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
