/** A file dragged from the desktop onto a place of the page that takes files. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Locator } from 'playwright-core'

export async function drop(place: Locator, path: string): Promise<void> {
  const file = { name: basename(path), bytes: [...readFileSync(path)] }
  const dataTransfer = await place.page().evaluateHandle(({ name, bytes }) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(bytes)], name))
    return transfer
  }, file)
  await place.dispatchEvent('drop', { dataTransfer })
}
