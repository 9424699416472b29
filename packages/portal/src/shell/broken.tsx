/** A page that throws while it is drawn, or whose script cannot be loaded, takes nothing else along. */
import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import { Component, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useText } from '../i18n/i18n.ts'
import { text } from './text.ts'

export function Broken({ children }: { readonly children: ReactNode }) {
  const [location] = useLocation()
  return <Boundary key={location.split('/')[1]}>{children}</Boundary>
}

class Boundary extends Component<{ readonly children: ReactNode }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {}
  static getDerivedStateFromError = (error: unknown) => ({ error })
  override render() {
    return 'error' in this.state ? <Apology error={this.state.error} /> : this.props.children
  }
}

function Apology({ error }: { readonly error: unknown }) {
  const say = useText(text)
  return (
    <MessageBar intent="error" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{say('broken')}</MessageBarTitle>
        {say('brokenHelp')} ({error instanceof Error ? error.message : String(error)})
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={() => window.location.reload()}>{say('reload')}</Button>
      </MessageBarActions>
    </MessageBar>
  )
}
