/** When a certificate ends; with a badge when that is soon, or past. */
import type { CaCertificateView } from '../../api/certificates.ts'
import { StatusBadge } from '../../kit/status-badge.tsx'
import { Timestamp } from '../../kit/timestamp.tsx'

/** As `landfall certificate expiring` warns. */
const soonDays = 30

export interface ExpiryOrder {
  readonly certificate: Pick<CaCertificateView, 'info' | 'expired' | 'daysLeft'>
  readonly show?: 'relative' | 'both'
}

export function Expiry({ certificate: { info, expired, daysLeft }, show = 'relative' }: ExpiryOrder) {
  return (
    <>
      <Timestamp at={info.notAfterUtc} show={show} />{' '}
      {(expired || daysLeft <= soonDays) && <StatusBadge status={expired ? 'expired' : 'expiring'} />}
    </>
  )
}
