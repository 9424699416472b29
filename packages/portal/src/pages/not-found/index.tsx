import { useText } from '../../i18n/i18n.ts'
import { Link } from '../../kit/link.tsx'
import { Page as Frame } from '../../kit/page.tsx'
import { text } from './text.ts'

export function Page() {
  const say = useText(text)
  return (
    <Frame title={say('title')} intro={say('says')}>
      <div>
        <Link href="/">{say('home')}</Link>
      </div>
    </Frame>
  )
}
