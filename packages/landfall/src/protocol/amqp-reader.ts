/** rhea's reader of values, which its types leave out. Give it what was scanned (amqp-scan.ts). */
import rhea from 'rhea'

interface ReadValue {
  readonly descriptor?: { readonly value: unknown }
  readonly value: unknown
}

type Reader = new (
  bytes: Buffer,
) => {
  read(): ReadValue
}

const { Reader: ValueReader } = rhea.types as unknown as { readonly Reader: Reader }

export const readValue = (bytes: Buffer): ReadValue => new ValueReader(bytes).read()
