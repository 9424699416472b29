/** Bob Jenkins' hash lookup3 (`hashlittle2` with both seeds 0), of text in ASCII. */

const mixing = [4, 6, 8, 16, 19, 4] as const
const closing = [14, 11, 25, 16, 4, 14, 24] as const

/** The two words of 32 bits that it ends with, the primary one first. */
export function lookup3(text: string): readonly [number, number] {
  let a = (0xdeadbeef + text.length) | 0
  let b = a
  let c = a
  if (text.length === 0) return [c, b]
  for (let at = 0; ; at += 12) {
    a = (a + wordAt(text, at)) | 0
    b = (b + wordAt(text, at + 4)) | 0
    c = (c + wordAt(text, at + 8)) | 0
    if (text.length - at <= 12) return close(a, b, c)
    // after each of the six the words change places: a b c, b c a, c a b
    for (const by of mixing) {
      a = ((a - c) | 0) ^ rotate(c, by)
      c = (c + b) | 0
      ;[a, b, c] = [b, c, a]
    }
  }
}

function close(a: number, b: number, c: number): readonly [number, number] {
  for (const by of closing) {
    c = ((c ^ b) - rotate(b, by)) | 0
    ;[a, b, c] = [b, c, a]
  }
  return [b, a]
}

/** Little-endian; what lies behind the end counts as 0. */
const wordAt = (text: string, at: number): number =>
  text.charCodeAt(at) |
  (text.charCodeAt(at + 1) << 8) |
  (text.charCodeAt(at + 2) << 16) |
  (text.charCodeAt(at + 3) << 24)

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by))
