/** Words of a command line as a POSIX shell reads them: nothing in them can become a command. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** One option a line. */
export const commandLine = (words: readonly (string | undefined)[]): string =>
  words.filter((word) => word !== undefined).join(' \\\n  ')
