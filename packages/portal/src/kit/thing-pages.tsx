/** The addresses of a kind of thing: the list, one of them by name, and `?add`, since one may be called anything. */
import type { ReactNode } from 'react'
import { Route, Switch, useSearchParams } from 'wouter'
import { readPart } from './address-part.ts'

export interface ThingPagesOrder {
  /** Of the list, below /portal. */
  readonly href: string
  readonly list: ReactNode
  readonly add: ReactNode
  readonly details: (name: string) => ReactNode
}

export function ThingPages({ href, list, add, details }: ThingPagesOrder) {
  const [params] = useSearchParams()
  return (
    <Switch>
      <Route path={`${href}/:name`}>{({ name }) => details(readPart(name))}</Route>
      <Route>{params.has('add') ? add : list}</Route>
    </Switch>
  )
}
