/** So many at once and no more; the others wait their turn, first come, first served. */
export interface Gate {
  through<Result>(work: () => Promise<Result>): Promise<Result>
}

export function makeGate(atOnce: number): Gate {
  const waiting: (() => void)[] = []
  let free = atOnce
  return {
    async through(work) {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        // its place goes from hand to hand
        if (next) next()
        else free += 1
      }
    },
  }
}
