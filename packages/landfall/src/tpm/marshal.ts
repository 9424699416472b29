/** How TPMs write numbers, big end first, and structures with their size before them (TCG TPM 2.0 Library, part 2, 10.4). */

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A TPM2B structure: the size, then the bytes. */
export const sized = (bytes: Uint8Array) => Buffer.concat([u16(bytes.length), bytes])

/** With zeros before it, `length` bytes long. Throws a RangeError where it is longer already. */
export const padded = (value: Buffer, length: number) => Buffer.concat([Buffer.alloc(length - value.length), value])
