import { printable } from '../ids.ts'

/** The path of a request as the resource of a token names it: without query, percent-decoded once where it is encoded text. */
export function decodedPath(url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/**
 * The same for a log. The query is left out, as a stranger may have put anything there, and so is the key of a connection
 * string that somebody pasted where a name belongs.
 */
export const pathForLog = (url: string): string =>
  printable(decodedPath(url).replace(/\b(SharedAccessKey|SharedAccessSignature|sig)=[^;&]*/gi, '$1=…'), 300)
