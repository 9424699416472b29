/** A message as one blob: its members as JSON on a line, then the body as it is. */

const newline = 0x0a

export function pack(members: object, body: Uint8Array): Uint8Array {
  const line = JSON.stringify(members)
  const length = Buffer.byteLength(line)
  const packed = Buffer.allocUnsafe(length + 1 + body.length)
  packed.write(line)
  packed[length] = newline
  packed.set(body, length + 1)
  return packed
}

export function unpack<Members>(packed: Uint8Array): Members & { readonly body: Uint8Array } {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length)
  const end = bytes.indexOf(newline)
  return { ...(JSON.parse(bytes.toString('utf8', 0, end)) as Members), body: bytes.subarray(end + 1) }
}
