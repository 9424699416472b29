/** A table of devices, each rehearsed: a line each for programs, a summary by outcome and reason for people. */
import { dirname, resolve } from 'node:path'
import type { ProvisioningServiceClient } from 'landfall-client'
import type { Transport } from '../../registration/attempt.ts'
import { readInput } from '../cert-files.ts'
import { exitCodeOf, exitCodes, UsageError } from '../exit.ts'
import { harmless, say, table, tell } from '../output.ts'
import { startProgress } from '../progress.ts'
import { askDiagnosis, type DiagnoseBody, type Diagnosis, readChainFiles, wouldBeAssigned } from './ask.ts'
import { type Row, readCsv } from './csv.ts'

interface ManyOptions {
  readonly json?: boolean
  /** What the rows have in common; their own columns go first. */
  readonly common: DiagnoseBody
}

type Told = Diagnosis | { readonly outcome: 'error'; readonly registrationId: string; readonly message: string }

/** Questions under way; the service has other things to do. */
const atATime = 8

export async function diagnoseMany(file: string, client: ProvisioningServiceClient, { json, common }: ManyOptions) {
  const rows = readCsv(Buffer.from(readInput(file)).toString('utf8'))
  const [first] = rows
  if (!first)
    throw new UsageError(`${file} has no rows: its first line names the columns, each further one is a device.`)
  if (!known.some((name) => first.has(name)))
    throw new UsageError(`${file} has none of the columns ${known.join(', ')}. Its first line must name them.`)
  const strange = [...first.keys()].filter((name) => name !== '' && ![...known, ...besides].includes(name))
  if (strange.length > 0) tell(`Passed over, as no column that is known: ${strange.map(harmless).join(', ')}`)
  const folder = file === '-' ? '.' : dirname(file)
  const progress = startProgress('Diagnosing', rows.length, rows.length < 2)
  const tally = makeTally()
  const inOrder = makeQueue((told: Told, index) => {
    tally.add(told)
    if (json) say(JSON.stringify({ row: index + 1, ...told }))
  })
  let next = 0
  const work = async () => {
    for (let index = next++; index < rows.length; index = next++) {
      const row = rows[index]
      if (row) inOrder(index, await diagnoseRow(row, folder, client, common))
      progress.step()
    }
  }
  await Promise.all(Array.from({ length: atATime }, work))
  if (!json) say(tally.summary())
  process.exitCode = tally.good() ? exitCodes.done : exitCodes.refused
}

const known = ['registrationid', 'chain', 'certificate', 'key', 'symmetrickey', 'sastoken', 'endorsementkey']
const besides = ['derive', 'transport']

/** A row that cannot be asked about is told as such, and the others go on; a service that is gone ends it all. */
async function diagnoseRow(
  row: Row,
  folder: string,
  client: ProvisioningServiceClient,
  common: DiagnoseBody,
): Promise<Told> {
  try {
    return await askDiagnosis(client, bodyOf(row, folder, common))
  } catch (error) {
    const code = exitCodeOf(error)
    if (!(error instanceof Error) || (code !== exitCodes.usage && code !== exitCodes.refused)) throw error
    return { outcome: 'error', registrationId: row.get('registrationid') ?? '', message: error.message }
  }
}

function bodyOf(row: Row, folder: string, common: DiagnoseBody): DiagnoseBody {
  const cell = (...names: readonly string[]) => names.map((name) => row.get(name)).find((text) => text)
  const file = cell('chain', 'certificate')
  const derive = cell('derive')
  return {
    ...common,
    registrationId: cell('registrationid'),
    chain: file === undefined ? undefined : readChainFiles([resolve(folder, file)]),
    symmetricKey: cell('key', 'symmetrickey'),
    derive: derive === undefined ? common.derive : /^(true|yes|1)$/i.test(derive),
    sasToken: cell('sastoken'),
    endorsementKey: cell('endorsementkey'),
    transport: (cell('transport') as Transport | undefined) ?? common.transport,
  }
}

/** Answers come as they come; they are told in the order of the rows. */
function makeQueue(tell: (told: Told, index: number) => void) {
  const waiting = new Map<number, Told>()
  let next = 0
  return (index: number, told: Told) => {
    waiting.set(index, told)
    for (let first = waiting.get(next); first !== undefined; first = waiting.get(next)) {
      waiting.delete(next)
      tell(first, next++)
    }
  }
}

interface Group {
  readonly example: Told
  count: number
}

function makeTally() {
  const groups = new Map<string, Group>()
  return {
    add(told: Told) {
      const name = `${told.outcome} ${reasonOf(told)}`
      const group = groups.get(name)
      if (group) group.count += 1
      else groups.set(name, { example: told, count: 1 })
    },
    good: () => [...groups.values()].every(({ example }) => wouldBeAssigned(example)),
    summary() {
      const sorted = [...groups.values()].sort((a, b) => b.count - a.count)
      const rows = sorted.map(({ example, count }) => [
        example.outcome,
        reasonOf(example) || undefined,
        count,
        harmless(example.registrationId),
      ])
      const sentences = sorted.flatMap(({ example }) => sentenceOf(example))
      return [table(['Outcome', 'Reason', 'Devices', 'For instance'], rows), ...sentences].join('\n')
    },
  }
}

const reasonOf = (told: Told): string => ('reason' in told ? (told.reason ?? '') : '')

function sentenceOf(told: Told): readonly string[] {
  if (wouldBeAssigned(told)) return []
  const remedy = 'remedy' in told && told.remedy ? `\n  What to do: ${harmless(told.remedy)}` : ''
  return ['', `"${harmless(told.registrationId)}": ${harmless(told.message ?? '')}${remedy}`]
}
