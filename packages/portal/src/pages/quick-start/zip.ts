/** A zip archive of a few small files, stored as they are (PKWARE APPNOTE 6.3, sections in brackets). */
export interface ZipEntry {
  readonly name: string
  readonly text: string
  /** For its owner's eyes only, where files have owners. */
  readonly secret: boolean
}

export function makeZip(entries: readonly ZipEntry[], at: Date): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, text, secret } of entries) {
    const [bytes, nameBytes] = [encoder.encode(text), encoder.encode(name)]
    // what a file's own header and the directory have in common [4.3.7, 4.3.12]: UTF-8 names, no compression
    const common = [u16(20), u16(0x0800), u16(0), ...stamp(at), u32(crc32(bytes)), u32(bytes.length), u32(bytes.length)]
    const local = join([u32(0x04034b50), ...common, u16(nameBytes.length), u16(0), nameBytes])
    // made on Unix [4.4.2], so that the mode of the file holds
    const mode = u32((secret ? 0o100600 : 0o100644) * 0x10000)
    const rest = [u16(nameBytes.length), u16(0), u16(0), u16(0), u16(0), mode, u32(offset), nameBytes]
    directory.push(join([u32(0x02014b50), u16(0x0314), ...common, ...rest]))
    parts.push(local, bytes)
    offset += local.length + bytes.length
  }
  const index = join(directory)
  const count = u16(entries.length)
  // [4.3.16]
  const end = join([u32(0x06054b50), u16(0), u16(0), count, count, u32(index.length), u32(offset), u16(0)])
  return join([...parts, index, end])
}

const encoder = new TextEncoder()

/** Time and date as MS-DOS had them, local [4.4.6]. */
const stamp = (at: Date): readonly Uint8Array[] => [
  u16((at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1)),
  u16(((at.getFullYear() - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate()),
]

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

const u16 = (value: number) => Uint8Array.of(value & 0xff, (value >>> 8) & 0xff)
const u32 = (value: number) => join([u16(value & 0xffff), u16(Math.floor(value / 0x10000))])

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let place = 0
  for (const part of parts) {
    whole.set(part, place)
    place += part.length
  }
  return whole
}
