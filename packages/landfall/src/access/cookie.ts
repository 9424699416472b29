/** The session's cookie. `__Host-`: from this host only, over TLS only, for every path (RFC 6265bis 4.1.3.2). */
const name = '__Host-landfall'

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

export const sessionCookie = (id: string): string => `${name}=${id}; ${attributes}`
export const endedCookie = `${name}=; Max-Age=0; ${attributes}`

/** The first of that name; what is not of the form of an id is no session. */
export function sessionIdOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const { cookie } = headers
  if (typeof cookie !== 'string') return
  for (const part of cookie.split(';')) {
    const [, id] = /^\s*__Host-landfall=([A-Za-z0-9_-]{43})\s*$/.exec(part) ?? []
    if (id !== undefined) return id
  }
  return undefined
}
