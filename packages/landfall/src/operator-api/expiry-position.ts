/** Where the next page of expiring certificates begins, as a client hands it back: opaque, but nothing to trust. */
import { ProvisioningError } from '../fault.ts'
import type { ExpiringPage } from '../instance/expiring.ts'
import { isJsonObject } from '../json.ts'

type Position = NonNullable<ExpiringPage['next']>

export const writePosition = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url')

export function readPosition(text: string | undefined): Position | undefined {
  if (text === undefined) return
  const value = parsed(Buffer.from(text, 'base64url').toString('utf8'))
  if (!isJsonObject(value) || typeof value.shelf !== 'number') throw unknownPosition()
  const { shelf, slot } = value
  if (slot === undefined) return { shelf }
  if (!isJsonObject(slot) || typeof slot.notAfterUtc !== 'string' || typeof slot.key !== 'string')
    throw unknownPosition()
  return { shelf, slot: { notAfterUtc: slot.notAfterUtc, key: slot.key } }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unknownPosition()
  }
}

const unknownPosition = () =>
  new ProvisioningError('invalid', { message: 'after is not what x-landfall-next said. Begin again without it.' })
