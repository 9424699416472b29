/** The user name of a device's CONNECT: `{host}/{clientId}/?api-version=…` (contract/iot-hub 10.1). */

export interface HubUserName {
  readonly host: string
  readonly deviceId: string
  readonly moduleId?: string
  readonly modelId?: string
}

/** Whether it can be meant for a hub at all; provisioning's are told apart before. */
export const looksLikeHub = (userName: string) => /^[^/]+\/./.test(userName)

/**
 * Undefined: it does not name the client id. An id may hold what separates elsewhere, so the client id itself tells where it
 * ends; only where it does not stand there as it is, it is looked for percent-encoded (contract/iot-hub 10.3).
 */
export function readUserName(userName: string, clientId: string): HubUserName | undefined {
  const cut = userName.indexOf('/')
  const rest = userName.slice(cut + 1)
  const query = afterId(rest, clientId) ?? afterEncodedId(rest, clientId)
  if (cut < 1 || query === undefined || clientId === '') return
  const slash = clientId.indexOf('/')
  return {
    host: userName.slice(0, cut),
    deviceId: slash < 0 ? clientId : clientId.slice(0, slash),
    ...(slash >= 0 && { moduleId: clientId.slice(slash + 1) }),
    modelId: readModelId(query),
  }
}

function afterId(rest: string, clientId: string): string | undefined {
  if (rest === clientId) return ''
  return rest.startsWith(`${clientId}/`) ? rest.slice(clientId.length + 1) : undefined
}

function afterEncodedId(rest: string, clientId: string): string | undefined {
  const parts = rest.split('/')
  const levels = clientId.split('/').length
  const named = parts.slice(0, levels).map(percentDecoded).join('/')
  return named === clientId ? parts.slice(levels).join('/') : undefined
}

function readModelId(query: string): string | undefined {
  const part = query.split(/[?&]/).find((one) => one.toLowerCase().startsWith('model-id='))
  return part === undefined ? undefined : percentDecoded(part.slice(part.indexOf('=') + 1)) || undefined
}

export function percentDecoded(text: string): string {
  // most is plain, and there are some in every message
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
