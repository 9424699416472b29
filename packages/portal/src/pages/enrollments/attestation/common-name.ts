import type { CertificateInfo } from '../../../api/certificates.ts'

/** Of the subject as the service writes it; what is escaped there is nobody's registration id. */
export const commonNameOf = ({ subjectName }: CertificateInfo): string | undefined =>
  /(?:^|,\s*)CN=([^,+\\"]+)(?=,|$)/i.exec(subjectName)?.[1]?.trim()
