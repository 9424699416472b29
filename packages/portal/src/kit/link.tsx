/** A link within the portal that looks like Fluent's; `href` is below /portal. */
import { Link as FluentLink, type LinkProps } from '@fluentui/react-components'
import { useLocation, useRouter } from 'wouter'

type Order = Omit<Extract<LinkProps, { as?: 'a' }>, 'as' | 'href'> & { readonly href: string }

export function Link({ href, onClick, ...rest }: Order) {
  const { base } = useRouter()
  const [, navigate] = useLocation()
  return (
    <FluentLink
      {...rest}
      href={base + href}
      onClick={(event) => {
        onClick?.(event)
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        navigate(href)
      }}
    />
  )
}
