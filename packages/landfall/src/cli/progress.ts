/** Progress of many equal steps: a bar where a person looks, else a line every tenth. On standard error. */

import pc from 'picocolors'
import { tell, wantsColour } from './output.ts'

export interface Progress {
  step(): void
}

const width = 30

export function startProgress(what: string, total: number, quiet: boolean): Progress {
  if (quiet) return { step() {} }
  return process.stderr.isTTY === true ? bar(what, total) : lines(what, total)
}

function bar(what: string, total: number): Progress {
  const colours = pc.createColors(wantsColour(process.stderr))
  let done = 0
  const draw = () => {
    const filled = Math.round((done / total) * width)
    const cells = colours.cyan('█'.repeat(filled)) + colours.dim('░'.repeat(width - filled))
    process.stderr.write(`\r  ${what} ${cells} ${done}/${total}`)
  }
  draw()
  return {
    step() {
      done += 1
      draw()
      // gone when it is full: the line of the finished step takes its place
      if (done === total) process.stderr.write('\r\u001b[2K')
    },
  }
}

function lines(what: string, total: number): Progress {
  let done = 0
  return {
    step() {
      done += 1
      const tenth = Math.floor((done / total) * 10)
      if (tenth > Math.floor(((done - 1) / total) * 10)) tell(`${what} ${done}/${total}`)
    },
  }
}
