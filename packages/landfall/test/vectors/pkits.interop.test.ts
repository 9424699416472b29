import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, test } from 'vitest'
import { pkitsAnchor, pkitsTable } from './pkits-table.ts'

const main = join(import.meta.dirname, '../../bin/landfall.js')

interface Answer {
  readonly id: string
  readonly accepted?: boolean
  readonly reason?: string
  readonly message?: string
}

/** Where PyPI's cryptography-vectors keeps the collection. */
function findCollection(): string {
  try {
    const script = 'import cryptography_vectors, os; print(os.path.dirname(cryptography_vectors.__file__))'
    const directory = execFileSync('python3', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const collection = join(directory.trim(), 'x509/PKITS_data/certs')
    if (existsSync(collection)) return collection
  } catch {
    // told below
  }
  throw new Error('The PKITS collection is missing. It comes with a Python package: pip install cryptography-vectors')
}

async function askBatch(questions: readonly object[]): Promise<readonly Answer[]> {
  const child = spawn(process.execPath, [main, 'cert', 'check', '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(questions.map((question) => JSON.stringify(question)).join('\n'))
  return (await text(child.stdout))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
}

const answers = new Map<string, Answer>()

beforeAll(async () => {
  const collection = findCollection()
  const read = (name: string) => readFileSync(join(collection, `${name}.crt`)).toString('base64')
  const questions = pkitsTable.map(([id, , leaf, others]) => ({
    id,
    anchors: [read(pkitsAnchor)],
    chain: [leaf, ...others].map(read),
    at: '2015-06-01T12:00:00Z',
  }))
  for (const answer of await askBatch(questions)) answers.set(answer.id, answer)
})

test.each(pkitsTable)('PKITS %s is %s: %s', (number, outcome) => {
  const answer = answers.get(number)
  expect(answer, JSON.stringify(answer)).toMatchObject({ accepted: outcome === 'valid' })
})
