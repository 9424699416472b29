/** Where the service is, and by which shared access policy to enter. */
export interface ConnectionString {
  /** Host name, with a port where it is not 443. */
  readonly hostName: string
  readonly sharedAccessKeyName: string
  /** Base64. */
  readonly sharedAccessKey: string
}

/** A connection string that cannot be read. The message never contains the key. */
export class ConnectionStringError extends Error {
  constructor(why: string) {
    super(
      `The connection string ${why}. Its form is "HostName=…;SharedAccessKeyName=…;SharedAccessKey=…", as "landfall env" or the portal shows it.`,
    )
    this.name = 'ConnectionStringError'
  }
}

const members = ['HostName', 'SharedAccessKeyName', 'SharedAccessKey'] as const

/**
 * Reads `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`, in any order.
 *
 * @throws {@link ConnectionStringError} that says what is missing or wrong.
 */
export function parseConnectionString(text: string): ConnectionString {
  const found = new Map<string, string>()
  for (const part of text.trim().split(';')) {
    if (part === '') continue
    const cut = part.indexOf('=')
    const name = members.find((member) => member.toLowerCase() === part.slice(0, Math.max(cut, 0)).toLowerCase())
    if (!name) throw new ConnectionStringError(`has a part that is none of ${members.join(', ')}`)
    if (found.has(name)) throw new ConnectionStringError(`has ${name} twice`)
    found.set(name, part.slice(cut + 1))
  }
  const [hostName, sharedAccessKeyName, sharedAccessKey] = members.map((name) => {
    const value = found.get(name)
    if (!value) throw new ConnectionStringError(`has no ${name}`)
    return value
  }) as [string, string, string]
  return { hostName: checkHost(hostName), sharedAccessKeyName, sharedAccessKey: checkKey(sharedAccessKey) }
}

/** The text of a connection string, in the order that every client takes. */
export function formatConnectionString({ hostName, sharedAccessKeyName, sharedAccessKey }: ConnectionString): string {
  return `HostName=${hostName};SharedAccessKeyName=${sharedAccessKeyName};SharedAccessKey=${sharedAccessKey}`
}

function checkHost(host: string): string {
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(host)) {
    throw new ConnectionStringError(`has "${host}" as HostName, which is not a host name (no scheme, no path)`)
  }
  return host
}

function checkKey(key: string): string {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key)) {
    throw new ConnectionStringError('has a SharedAccessKey that is not base64')
  }
  return key
}
