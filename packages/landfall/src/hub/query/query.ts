/** A query as it was understood. */

export type Path = readonly string[]
export type Constant = string | number | boolean | null
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='
export type Arithmetic = '+' | '-' | '*' | '/' | '%'
export type Relation = 'contains' | 'startsWith' | 'endsWith'

export type Expression =
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not' | 'minus'; readonly term: Expression }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compute'; readonly by: Arithmetic; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly operand: Expression; readonly list: readonly Constant[] }
  | { readonly kind: 'defined'; readonly path: Path }
  | { readonly kind: Relation; readonly operand: Expression; readonly value: Expression }

export const aggregates = ['count', 'avg', 'sum', 'min', 'max'] as const

/** Of COUNT() there is nothing within. */
export interface Aggregate {
  readonly by: (typeof aggregates)[number]
  readonly of?: Expression
}

export interface Column {
  readonly name: string
  readonly of: Expression | Aggregate
}

export type Source = 'devices' | 'modules' | 'jobs'

export interface Query {
  readonly select: 'all' | readonly Column[]
  readonly top?: number
  readonly from: Source
  readonly where?: Expression
  readonly groupBy?: Path
}

export const isAggregate = (of: Column['of']): of is Aggregate => 'by' in of && !('kind' in of)

/** Rows of such a query are made of many. */
export const isGrouped = ({ select, groupBy }: Query) =>
  groupBy !== undefined || (select !== 'all' && select.some(({ of }) => isAggregate(of)))
