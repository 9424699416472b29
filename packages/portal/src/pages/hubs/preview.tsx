/** What a change would move, before it is saved. */
import { useQuery } from '@tanstack/react-query'
import { type HubPreview, type HubView, previewHubs, useHubs } from '../../api/hubs.ts'
import { useText } from '../../i18n/i18n.ts'
import { ProblemBar } from '../../kit/problem-bar.tsx'
import { Section } from '../../kit/section.tsx'
import { useSettled } from '../../kit/settled.ts'
import { Waiting } from '../../kit/waiting.tsx'
import { BeforeAfter, type Row } from './before-after.tsx'
import { text } from './text.ts'

export type Proposed = Pick<HubView, 'name' | 'allocationWeight' | 'applyAllocationPolicy' | 'linked'>

/** `hub`: one of the hubs as it would be, or a new one. */
export function Preview({ hub }: { readonly hub: Proposed }) {
  const say = useText(text)
  const hubs = useHubs()
  const settled = useSettled(JSON.stringify(hub))
  const preview = useQuery({
    queryKey: ['hubs', 'preview', hubs.data, settled],
    queryFn: ({ signal }) => previewHubs({ hubs: withHub(hubs.data ?? [], JSON.parse(settled)) }, signal),
    enabled: hubs.data !== undefined,
    placeholderData: (before) => before,
  })
  return (
    <Section title={say('wouldMove')}>
      {preview.error && <ProblemBar problem={preview.error} onRetry={() => void preview.refetch()} />}
      {preview.isPending && !preview.error && <Waiting for={say('computing')} />}
      {preview.data && <Result preview={preview.data} />}
    </Section>
  )
}

function Result({ preview: { sampled, moved, byHub, unassigned } }: { readonly preview: HubPreview }) {
  const say = useText(text)
  if (sampled === 0) return <div role="status">{say('noDevices')}</div>
  const nowhere: readonly Row[] =
    unassigned.before + unassigned.after > 0 ? [{ id: '', name: say('nowhere'), ...unassigned }] : []
  return (
    <>
      <div role="status">{say('moves', { sampled, count: moved })}</div>
      <BeforeAfter rows={[...byHub.map((row) => ({ id: row.name, ...row })), ...nowhere]} />
      {moved > 0 && <div>{say('movesWhen')}</div>}
    </>
  )
}

const withHub = (hubs: readonly Proposed[], hub: Proposed): readonly Proposed[] =>
  hubs.some(({ name }) => name === hub.name) ? hubs.map((one) => (one.name === hub.name ? hub : one)) : [...hubs, hub]
