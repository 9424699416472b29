/** Who was let in by a CA certificate goes when nobody vouches for that one any more (contract/iot-hub 10.5). */
import type { Change, Store } from '../../store/store.ts'
import { unauthorized } from './judge-token.ts'
import type { LiveDevice, LiveDevices } from './live.ts'
import { named } from './named.ts'

export const touchesAuthorities = (changes: readonly Change[]) =>
  changes.some(
    (change) =>
      ('put' in change && change.put === 'caCertificate') || ('delete' in change && change.delete === 'caCertificate'),
  )

/** One certificate may be uploaded under several names: one that is verified is enough. */
export async function cutUntrusted(live: LiveDevices, store: Store): Promise<void> {
  const thumbprints = [...new Set([...live.all()].flatMap(authorityOf))]
  const stored = thumbprints.length === 0 ? [] : await store.issuerCertificates({ thumbprints, subjectHashes: [] })
  const verified = new Set(
    stored.filter(({ cas }) => cas.some(({ isVerified }) => isVerified)).map((one) => one.sha256Thumbprint),
  )
  for (const device of [...live.all()])
    if (authorityOf(device).some((one) => thumbprints.includes(one) && !verified.has(one)))
      live.cut(device, untrusted(device))
}

const authorityOf = ({ admission: { proof } }: LiveDevice) =>
  proof.kind === 'authority' ? [proof.sha256Thumbprint] : []

const untrusted = ({ admission }: LiveDevice) =>
  unauthorized(
    `The CA certificate that vouched for the ${named(admission)} was deleted, or is not verified any more. Verify it, or have the device come with a certificate of another one.`,
  )
