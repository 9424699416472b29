import { expect, test } from 'vitest'
import { lookup3 } from './lookup3.ts'

/** The function that the published SDK hashes partition keys with; its package exports it to nobody. */
async function hashPartitionKey(): Promise<(key: string) => number> {
  const beside = import.meta.resolve('@azure/event-hubs')
  const module: unknown = await import(new URL('impl/partitionKeyToIdMapper.js', beside).href)
  return (module as { hashPartitionKey: (key: string) => number }).hashPartitionKey
}

test('hashes text of every length as @azure/event-hubs does', async () => {
  const published = await hashPartitionKey()
  const alphabet = 'PUMP-1234567890:abcdefghijklmnopqrstuvwxyz'.repeat(4)
  const texts = Array.from(alphabet, (_, length) => alphabet.slice(0, length))
  const hashes = texts.map((text) => lookup3(text)).map(([first, second]) => ((first ^ second) << 16) >> 16)
  expect(hashes).toEqual(texts.map((text) => published(text)))
})
