/** The path of a request as the resource of a token names it: without query, percent-decoded once where it is encoded text. */
export function decodedPath(url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
