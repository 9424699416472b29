/** A link that looks like a button: for the ways on from a page. */
import { Button, type ButtonProps } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useLocation, useRouter } from 'wouter'

interface Order {
  /** Below /portal. */
  readonly href: string
  readonly icon?: ButtonProps['icon']
  readonly appearance?: ButtonProps['appearance']
  readonly children: ReactNode
}

export function ButtonLink({ href, ...rest }: Order) {
  const { base } = useRouter()
  const [, navigate] = useLocation()
  return (
    <Button
      {...rest}
      as="a"
      href={base + href}
      onClick={(event: React.MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        navigate(href)
      }}
    />
  )
}
