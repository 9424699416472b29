import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { makeZip } from './zip.ts'

const entries = [
  { name: 'pump-01.cert.pem', text: 'a certificate', secret: false },
  { name: 'pump-01.key.pem', text: 'ключ', secret: true },
]

/** As an unpacker goes about it: the end, the directory it names, the files that this names. */
function unpack(archive: Buffer) {
  const end = archive.length - 22
  expect(archive.readUInt32LE(end)).toBe(0x06054b50)
  let place = archive.readUInt32LE(end + 16)
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    expect(archive.readUInt32LE(place)).toBe(0x02014b50)
    const [size, nameLength] = [archive.readUInt32LE(place + 24), archive.readUInt16LE(place + 28)]
    const local = archive.readUInt32LE(place + 42)
    expect(archive.readUInt32LE(local)).toBe(0x04034b50)
    const begin = local + 30 + archive.readUInt16LE(local + 26)
    const bytes = archive.subarray(begin, begin + size)
    expect(archive.readUInt32LE(place + 16)).toBe(crc32(bytes))
    expect(archive.readUInt32LE(local + 14)).toBe(crc32(bytes))
    const name = archive.toString('utf8', place + 46, place + 46 + nameLength)
    const mode = archive.readUInt32LE(place + 38) >>> 16
    const date = archive.readUInt16LE(place + 14)
    place += 46 + nameLength
    return { name, text: bytes.toString(), mode, date: [1980 + (date >> 9), (date >> 5) & 15, date & 31] }
  })
}

test('an archive gives back what was put in: names, contents, dates, and who may read a key', () => {
  const archive = Buffer.from(makeZip(entries, new Date(2030, 0, 31, 12, 30, 10)))
  expect(unpack(archive)).toEqual([
    { name: 'pump-01.cert.pem', text: 'a certificate', mode: 0o100644, date: [2030, 1, 31] },
    { name: 'pump-01.key.pem', text: 'ключ', mode: 0o100600, date: [2030, 1, 31] },
  ])
})
