/** What the linter found, for people. */
import type { Finding } from '../x509/lint.ts'
import { colour, harmless } from './output.ts'

type Told = Pick<Finding, 'severity' | 'says' | 'position'>

export function lintLines(findings: readonly Told[]): readonly string[] {
  if (findings.length === 0) return [`lint: ${colour.green('nothing to remark')}`]
  const label = { error: colour.red('error'), warning: colour.yellow('warning') }
  return findings.map(({ severity, says, position }) => {
    const where = position === undefined ? '' : ` (certificate ${position})`
    return `lint: ${label[severity]}${where}: ${harmless(says)}`
  })
}
