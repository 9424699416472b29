/** Some lines at the end of a terminal that are written anew again and again. */
import { stripVTControlCharacters } from 'node:util'

export interface LiveBlock {
  show(text: string): void
  /** Leaves the last text standing. */
  end(): void
}

/** As many lines as fit: a block that is higher than its terminal cannot be gone back over. */
export function liveBlock(stream: NodeJS.WriteStream = process.stdout): LiveBlock {
  let height = 0
  return {
    show(text) {
      const rows = stream.rows || 24
      const columns = stream.columns || 80
      const lines = text
        .split('\n')
        .slice(0, rows - 1)
        .map((line) => fitted(line, columns))
      const back = height === 0 ? '' : `\u001b[${height}A\u001b[J`
      height = lines.length
      stream.write(`${back}${lines.join('\n')}\n`)
    },
    end() {
      height = 0
    },
  }
}

/** A line that breaks would be two, and the block be higher than is known. One in colour loses it when it is cut. */
function fitted(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length < columns ? line : `${plain.slice(0, columns - 2)}…`
}
