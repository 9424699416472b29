/** Somebody else was quicker: said at once, read again on request, and what came of it. */
import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components'
import { useState } from 'react'
import type { EnrollmentKind } from '../../../api/enrollments.ts'
import { type Say, useText } from '../../../i18n/i18n.ts'
import { ProblemBar } from '../../../kit/problem-bar.tsx'
import type { Form } from './form.ts'
import type { Merged } from './merge.ts'
import { text } from './text.ts'

export function Stale({ onReadAgain }: { readonly onReadAgain: () => Promise<void> }) {
  const say = useText(text)
  const [problem, setProblem] = useState<unknown>()
  return (
    <>
      <MessageBar intent="warning" layout="multiline" role="alert">
        <MessageBarBody>{say('stale')}</MessageBarBody>
        <MessageBarActions>
          <Button onClick={() => void onReadAgain().catch(setProblem)}>{say('readAgain')}</Button>
        </MessageBarActions>
      </MessageBar>
      {problem !== undefined && <ProblemBar problem={problem} />}
    </>
  )
}

export function Reread({ merged: { theirs, both }, kind }: { readonly merged: Merged; readonly kind: EnrollmentKind }) {
  const say = useText(text)
  const named = (fields: readonly (keyof Form)[]) =>
    [...new Set(fields.map((field) => nameOf(field, kind, say)))].join(', ')
  return (
    <MessageBar intent="info" layout="multiline" role="status">
      <MessageBarBody>
        {theirs.length === 0 ? say('readAnewNothing') : say('readAnew', { fields: named(theirs) })}{' '}
        {both.length > 0 && say('readBoth', { fields: named(both) })}
      </MessageBarBody>
    </MessageBar>
  )
}

const words = {
  deviceId: 'deviceId',
  mechanism: 'mechanism',
  caPrimary: 'primaryCa',
  caSecondary: 'secondaryCa',
  certificates: 'certificates',
  keysGiven: 'keys',
  primaryKey: 'primaryKey',
  secondaryKey: 'secondaryKey',
  endorsementKey: 'endorsementKey',
  storageRootKey: 'storageRootKey',
  enabled: 'status',
  reprovision: 'reprovision',
  hubs: 'targetHubs',
  allocation: 'allocation',
  webhookUrl: 'webhookUrl',
  webhookApiVersion: 'webhookApiVersion',
  legacyHub: 'targetHubs',
  iotEdge: 'iotEdge',
  tags: 'tags',
  desired: 'desired',
  information: 'information',
} as const satisfies Readonly<Record<Exclude<keyof Form, 'id'>, string>>

function nameOf(field: keyof Form, kind: EnrollmentKind, say: Say<(typeof text.keys)[number]>): string {
  return say(field === 'id' ? (kind === 'group' ? 'groupName' : 'registrationId') : words[field])
}
