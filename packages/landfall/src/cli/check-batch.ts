/** `landfall cert check --batch`: JSON lines in, JSON lines out, one answer for each question, in order (contract/cert-check 2). */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { isJsonObject } from '../json.ts'
import type { Clock } from '../system.ts'
import { judge, NoQuestion, readQuestion } from './check-question.ts'

/** Sixty-four times the largest chain that is looked at, in base64: what is longer is no question. */
const mostLineBytes = 4 * 1024 * 1024

export async function checkBatch(input: Readable, output: Writable, clock: Clock): Promise<void> {
  for await (const line of linesOf(input)) {
    const answer =
      line === undefined ? { error: `The line is longer than ${mostLineBytes} bytes.` } : answerTo(line, clock)
    if (answer === undefined || output.destroyed) continue
    if (!output.write(`${JSON.stringify(answer)}\n`)) await Promise.race([once(output, 'drain'), once(output, 'close')])
  }
}

type Answer = { readonly id?: string } & ({ readonly error: string } | { readonly accepted: boolean })

function answerTo(line: Uint8Array, clock: Clock): Answer | undefined {
  let id: string | undefined
  try {
    const text = decode(line)
    if (text.trim() === '') return
    const value = parseJson(text)
    if (isJsonObject(value) && typeof value.id === 'string') id = value.id
    const { found: _, ...verdict } = judge(readQuestion(value, clock.now()))
    return { id, ...verdict }
  } catch (error) {
    // what nobody foresaw must not end the process, nor show its stack
    return { id, error: error instanceof NoQuestion ? error.message : 'The question could not be judged.' }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(line: Uint8Array): string {
  try {
    return utf8.decode(line)
  } catch {
    throw new NoQuestion('The line is not UTF-8.')
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new NoQuestion('The line is not JSON.')
  }
}

/** Lines as bytes, the last one with or without its end; undefined for one that is too long, whose rest is not kept. */
async function* linesOf(input: Readable): AsyncGenerator<Uint8Array | undefined> {
  let parts: Uint8Array[] = []
  let length = 0
  const take = () => {
    const line = length > mostLineBytes ? undefined : Buffer.concat(parts)
    parts = []
    length = 0
    return line
  }
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      keep(chunk.subarray(from, end))
      yield take()
      from = end + 1
    }
    keep(chunk.subarray(from))
  }
  if (length > 0) yield take()

  function keep(part: Uint8Array) {
    length += part.length
    if (length > mostLineBytes) parts = []
    else if (part.length > 0) parts.push(part)
  }
}
