/** Hands something that is here over as a file; nothing is asked of the service. */
export function download(name: string, type: string, content: string | Uint8Array<ArrayBuffer>): void {
  const address = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // the browser has it by the next task
  setTimeout(() => URL.revokeObjectURL(address))
}
