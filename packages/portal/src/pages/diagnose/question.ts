/** What was put into the form, and the question that is made of it. */
import type { Question } from '../../api/diagnose.ts'

export const evidenceKinds = ['chain', 'key', 'token', 'id'] as const
export type EvidenceKind = (typeof evidenceKinds)[number]

export interface ChainFile {
  readonly name: string
  readonly certificate: string
}

export interface Draft {
  readonly evidence: EvidenceKind
  readonly registrationId: string
  readonly files: readonly ChainFile[]
  /** PEM or base64. */
  readonly pasted: string
  readonly key: string
  readonly derive: boolean
  readonly token: string
  readonly transport: NonNullable<Question['transport']>
  /** In the reader's time zone, as a `datetime-local` has it; empty: now. */
  readonly at: string
}

/** What somebody came with: a device, or the proof that its group demands. */
export interface Beginning {
  readonly registrationId?: string
  readonly evidence?: EvidenceKind
}

export const emptyDraft = ({ registrationId = '', evidence }: Beginning): Draft => ({
  evidence: evidence ?? (registrationId === '' ? 'chain' : 'id'),
  registrationId,
  files: [],
  pasted: '',
  key: '',
  // who has a group's key gives that
  derive: evidence === 'key',
  token: '',
  transport: 'https',
  at: '',
})

export type Wrong = 'noId' | 'noChain' | 'privateKey' | 'noKey' | 'noToken' | 'noTime'

export function wrongWith(draft: Draft): Wrong | undefined {
  const { evidence, key, token, at } = draft
  const chain = chainOf(draft)
  if (evidence !== 'chain' && draft.registrationId.trim() === '') return 'noId'
  if (evidence === 'chain' && chain.length === 0) return 'noChain'
  // it is not even sent
  if (evidence === 'chain' && chain.some((text) => text.includes('PRIVATE KEY-----'))) return 'privateKey'
  if (evidence === 'key' && key.trim() === '') return 'noKey'
  if (evidence === 'token' && token.trim() === '') return 'noToken'
  return at !== '' && Number.isNaN(Date.parse(at)) ? 'noTime' : undefined
}

const chainOf = ({ files, pasted }: Draft): readonly string[] =>
  [...files.map(({ certificate }) => certificate), pasted].filter((text) => text.trim() !== '')

/** Of what the chosen tab shows, and of nothing else. */
export function questionOf(draft: Draft): Question {
  const { evidence, registrationId, key, derive, token, transport, at } = draft
  return {
    registrationId: registrationId.trim() === '' ? undefined : registrationId.trim(),
    transport,
    at: at === '' ? undefined : new Date(at).toISOString(),
    ...(evidence === 'chain' && { chain: chainOf(draft) }),
    ...(evidence === 'key' && { symmetricKey: key.trim(), derive }),
    ...(evidence === 'token' && { sasToken: token.trim() }),
  }
}
