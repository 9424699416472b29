/** The portal: theme, words and queries around either the pages or the way in. */
import { FluentProvider } from '@fluentui/react-components'
import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Router } from 'wouter'
import { asProblem, type Problem } from './api/problem.ts'
import { queryClient } from './api/query-client.ts'
import { readSession, useSessionState } from './api/session.ts'
import { useText } from './i18n/i18n.ts'
import { guarded } from './kit/leave-guard.ts'
import { ProblemBar } from './kit/problem-bar.tsx'
import { ToastPlace } from './kit/toasts.tsx'
import { Waiting } from './kit/waiting.tsx'
import { useOfferedToken } from './shell/offered-token.ts'
import { Shell } from './shell/shell.tsx'
import { SignIn } from './shell/sign-in.tsx'
import { text } from './shell/text.ts'
import { useTheme } from './shell/theme.ts'

export function App() {
  const { theme } = useTheme()
  return (
    <FluentProvider theme={theme} style={{ minHeight: '100%' }}>
      <QueryClientProvider client={queryClient}>
        <Router base="/portal" aroundNav={guarded}>
          <Door />
          <ToastPlace />
        </Router>
      </QueryClientProvider>
    </FluentProvider>
  )
}

/** Whoever is not signed in stays at the same address, and goes on from there. */
function Door() {
  const state = useSessionState()
  const offered = useOfferedToken()
  const problem = useFirstLook()
  const say = useText(text)
  if (problem && state.kind === 'unknown') return <ProblemBar problem={problem} />
  if (state.kind === 'unknown') return <Waiting for={say('lookingForSession')} />
  if (state.kind === 'none' || offered !== undefined) return <SignIn />
  return <Shell />
}

function useFirstLook(): Problem | undefined {
  const [problem, setProblem] = useState<Problem>()
  useEffect(() => {
    readSession().catch((error: unknown) => setProblem(asProblem(error)))
  }, [])
  return problem
}
