/** Does one thing to many: nothing stops at a refusal, each is told by name at the end. */
import { asProblem, type Problem } from '../api/problem.ts'

export interface Failure {
  readonly name: string
  readonly problem: Problem
}

/** As many requests as a browser sends to one place at once. */
const usuallyAtOnce = 6

export interface EachOrder<Item> {
  readonly items: readonly Item[]
  readonly nameOf: (item: Item) => string
  readonly act: (item: Item) => Promise<unknown>
  /** How many are done, well or not. */
  readonly tell?: (done: number) => void
  readonly atOnce?: number
}

export async function each<Item>({ items, nameOf, act, tell, atOnce = usuallyAtOnce }: EachOrder<Item>) {
  const failures: Failure[] = []
  const waiting = items.values()
  let done = 0
  const worker = async () => {
    for (const item of waiting) {
      await act(item).catch((error: unknown) => failures.push({ name: nameOf(item), problem: asProblem(error) }))
      tell?.(++done)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return failures
}
