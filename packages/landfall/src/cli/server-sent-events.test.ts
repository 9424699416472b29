import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { serverSentEvents } from './server-sent-events.ts'

async function eventsOf(...pieces: readonly string[]) {
  const bytes = pieces.map((piece) => Buffer.from(piece, 'latin1'))
  const events = []
  for await (const event of serverSentEvents(new Response(Readable.toWeb(Readable.from(bytes)) as ReadableStream)))
    events.push(event)
  return events
}

test('an event is whole, wherever the network cut it, within a letter too', async () => {
  const text = Buffer.from('retry: 2000\nid: 1.2\n\n:\n\nid: 1.3\nevent: telemetry\ndata: {"é": 1}\n\n').toString(
    'latin1',
  )
  for (let cut = 0; cut <= text.length; cut++)
    expect(await eventsOf(text.slice(0, cut), text.slice(cut))).toEqual([
      { id: '1.2', data: undefined },
      { id: undefined, data: undefined },
      { id: '1.3', data: '{"é": 1}' },
    ])
})

test('an event that has no end is not read to its end', async () => {
  const endless = Array.from({ length: 20 }, () => 'x'.repeat(1024 * 1024))
  await expect(eventsOf(...endless)).rejects.toThrow('no end')
})
