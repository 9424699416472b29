/** What a live device sent, and what would come of it. */
import { colour, harmless } from '../output.ts'
import type { Diagnosis } from './ask.ts'
import { mark, story } from './story.ts'
import type { Wire } from './wire.ts'

export type SentToken =
  | { readonly malformed: string }
  | { readonly resource: string; readonly expiresAt: string; readonly policyName: string | undefined }

export interface Heard {
  readonly wire: Wire
  readonly registrationId?: string
  readonly idScope?: string
  readonly apiVersion?: string
  /** How many it sent. */
  readonly certificates?: number
  readonly sasToken?: SentToken
  readonly diagnosis?: Diagnosis
  /** It did not come to a registration, for this reason. */
  readonly unread?: string
}

export function heardStory({ wire, certificates, sasToken, apiVersion, idScope, diagnosis, unread }: Heard): string {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['from', wire.remoteAddress],
    ['TLS', wire.tlsVersion && `${wire.tlsVersion}, ${wire.cipher ?? ''}`],
    ['server name', wire.serverName ?? '(none sent)'],
    ['request', wire.request],
    ['client id', wire.login?.clientId],
    ['user name', wire.login && (wire.login.userName ?? '(none)')],
    ['id scope', idScope],
    ['api-version', apiVersion],
    ['certificates', certificates],
    ['SAS token', sasToken && tokenSays(sasToken)],
  ]
  const shown = facts.filter(([, value]) => value !== undefined && value !== '')
  return [
    colour.bold(`A device over ${wire.protocol}`),
    ...shown.map(([name, value]) => `  ${name.padEnd(13)} ${harmless(String(value))}`),
    ...(unread === undefined ? [] : ['', `  ${mark(false)} ${harmless(unread)}`]),
    ...(diagnosis ? ['', story(diagnosis)] : []),
    '',
  ].join('\n')
}

function tokenSays(token: SentToken): string {
  if ('malformed' in token) return `cannot be read: ${token.malformed}`
  return `for "${token.resource}", until ${token.expiresAt}${token.policyName === undefined ? '' : `, skn=${token.policyName}`}`
}
