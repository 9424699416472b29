/** base64( HMAC-SHA256( base64decode(groupKey), registrationId ) ), here in the browser (contract/semantics 6.3). */
export async function deriveDeviceKey(groupKey: string, registrationId: string): Promise<string> {
  const bytes = Uint8Array.from(atob(groupKey), (letter) => letter.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(registrationId))
  return btoa(String.fromCharCode(...new Uint8Array(signed)))
}
