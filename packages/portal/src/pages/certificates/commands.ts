/** What to type to sign a verification code, with the code filled in (contract/management 7.21). */
export const landfallCommand = (code: string, subjectName: string, name: string): string =>
  `landfall cert verification ${code} --ca ${quoted(commonNameOf(subjectName) ?? name)}`

export function opensslCommands(code: string): string {
  return [
    'openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\',
    `  -keyout verification.key.pem -out verification.csr.pem -subj "/CN=${code}"`,
    'openssl x509 -req -in verification.csr.pem -CA ca.cert.pem -CAkey ca.key.pem \\',
    '  -CAcreateserial -sha256 -days 1 -out verification.cert.pem',
  ].join('\n')
}

/** Of a subject as RFC 4514 writes it; a name with escapes is left to the reader. */
export const commonNameOf = (subjectName: string): string | undefined =>
  /^(?:.*,)?CN=([^,+"\\<>;#]+)(?:,|$)/i.exec(subjectName)?.[1]?.trim()

/** A subject is a stranger's text, and this is pasted into a shell. */
const quoted = (text: string): string =>
  /^[A-Za-z0-9._-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`
