import { useText } from '../../i18n/i18n.ts'
import { Page as Frame } from '../../kit/page.tsx'
import { text } from './text.ts'

export function Page() {
  const say = useText(text)
  return <Frame title={say('title')}>{undefined}</Frame>
}
