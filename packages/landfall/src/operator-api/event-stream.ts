/**
 * Server-sent events for one watcher, made as it is ready for them: its connection asks for the next piece when the
 * one before has left, so nothing piles up here, and what it missed meanwhile is a number in the next piece.
 */
import type { News, Place } from '../observe/feed.ts'
import type { Live } from '../observe/live.ts'
import type { Kind } from '../store/store.ts'
import { type Clock, machineNow, type Timers } from '../system.ts'
import { every } from './every.ts'
import type { Watching } from './watch.ts'

export interface StreamParts {
  readonly live: Pick<Live, 'run' | 'feed' | 'thisMinute'>
  readonly clock: Clock
  readonly timers: Timers
}

/** Often enough to look live, seldom enough for a page to keep up. */
const pulseMs = 250
/** Proxies cut off what is silent for 30 to 60 seconds. */
const heartbeatMs = 15_000
const admissionMs = 60_000
/** For a browser whose connection ended. */
const retryMs = 2000

export async function* eventStream(parts: StreamParts, watcher: Watching): AsyncGenerator<string> {
  const { live, clock, timers } = parts
  const news = makeReader(live, watcher.lastEventId)
  const admission = every(admissionMs, machineNow(clock))
  const heartbeat = every(heartbeatMs, machineNow(clock))
  yield `retry: ${retryMs}\n\n`
  for (;;) {
    await timers.sleep(pulseMs, watcher.ended)
    const now = machineNow(clock)
    const text = news()
    // one who was let out since gets no more, however much happens
    if ((text !== '' || admission.isDue(now)) && !(await watcher.admitted())) return
    if (watcher.ended.aborted) return yield text
    if (text === '' && !heartbeat.isDue(now)) continue
    heartbeat.restart(now)
    yield text === '' ? ':\n\n' : text
  }
}

/** Reads what is new since it read last, as events. */
function makeReader(live: StreamParts['live'], lastEventId: string | undefined): () => string {
  const place = lastEventId === undefined ? live.feed.place : placeOf(lastEventId, live.run)
  let strange = place === undefined
  let next = place ?? live.feed.place
  let minute = ''
  return () => {
    const news = live.feed.since(next)
    const counted = JSON.stringify(live.thisMinute())
    const id = `${live.run}.${news.place.attempts}.${news.place.changes}`
    const events = [
      ...attemptsOf(news),
      ...changedOf(strange ? everyKind : news.kinds),
      ...(counted === minute ? [] : [{ event: 'minute', data: counted }]),
    ]
    strange = false
    next = news.place
    minute = counted
    return events.map(({ event, data }) => `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`).join('')
  }
}

const attemptsOf = ({ attempts, skipped }: News) =>
  attempts.length === 0
    ? []
    : [{ event: 'attempts', data: `{"attempts":[${attempts.join(',')}],"skipped":${skipped}}` }]

const changedOf = (kinds: readonly Kind[]) =>
  kinds.length === 0 ? [] : [{ event: 'changed', data: JSON.stringify({ kinds }) }]

/** For one who was here before the service restarted, and cannot know what it missed. */
const everyKind: readonly Kind[] = [
  'individual',
  'group',
  'caCertificate',
  'registration',
  'device',
  'twin',
  'settings',
]

/** Undefined: not one of this run's. */
function placeOf(eventId: string, run: string): Place | undefined {
  const [ofRun, attempts, changes] = eventId.split('.')
  const [, seen = ''] = [ofRun, `${attempts}.${changes}`]
  if (ofRun !== run || !/^\d{1,15}\.\d{1,15}$/.test(seen)) return
  return { attempts: Number(attempts), changes: Number(changes) }
}
