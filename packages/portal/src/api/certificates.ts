import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import { path } from './path.ts'
import { asProblem } from './problem.ts'
import { queryClient } from './query-client.ts'

export interface CertificateInfo {
  readonly subjectName: string
  readonly sha1Thumbprint: string
  readonly sha256Thumbprint: string
  readonly issuerName: string
  readonly notBeforeUtc: string
  readonly notAfterUtc: string
  readonly serialNumber: string
  readonly version: number
}

export interface CaCertificateView {
  readonly name: string
  readonly isVerified: boolean
  readonly verificationCode?: string
  readonly verificationCodeExpiresUtc?: string
  readonly info: CertificateInfo
  readonly createdDateTimeUtc: string
  readonly lastUpdatedDateTimeUtc: string
  readonly etag: string
  /** Below zero once it has expired. */
  readonly daysLeft: number
  readonly expired: boolean
  /** Enrollment groups that name it; the first hundred where certificates are listed. */
  readonly usedBy?: readonly string[]
  /** Base64 DER; only where one certificate is read. */
  readonly certificate?: string
  /** What the service says of an upload that it accepted all the same. */
  readonly warnings?: readonly string[]
}

/** A certificate that somebody relies on and that ends soon, or has ended. */
export interface Expiring {
  readonly kind: 'caCertificate' | 'group' | 'individual' | 'server'
  readonly name: string
  readonly slot?: 'primary' | 'secondary'
  readonly subject: string
  readonly notAfterUtc: string
  readonly daysLeft: number
  readonly expired: boolean
}

/** One of the certificates found in a file. */
export interface ReadCertificate {
  /** Base64. */
  readonly der: string
  readonly info: CertificateInfo
  readonly isCa: boolean
  readonly selfSigned: boolean
  /** What speaks against it as a CA certificate, in sentences. */
  readonly findings: readonly string[]
}

export const useCertificates = () =>
  useQuery({
    queryKey: ['certificates'],
    queryFn: ({ signal }) => call<readonly CaCertificateView[]>('/landfall/certificates', { signal }),
  })

export const useCertificate = (name: string) =>
  useQuery({
    queryKey: ['certificates', name],
    queryFn: ({ signal }) => call<CaCertificateView>(path`/landfall/certificates/${name}`, { signal }),
  })

/** What is in a file: PEM, base64 or DER as base64. A private key in it is refused and not kept. */
export const readCertificates = (certificate: string) =>
  call<{ readonly certificates: readonly ReadCertificate[] }>('/landfall/certificates/read', {
    method: 'POST',
    body: { certificate },
  })

export const certificatesChanged = () => queryClient.invalidateQueries({ queryKey: ['certificates'] })

/** Somebody came between: what stands there now is read, so that the next try is about that. */
const readWhereStale = (error: unknown) => (asProblem(error).status === 412 ? certificatesChanged() : undefined)

interface Under {
  readonly name: string
  /** The etag that was read. */
  readonly ifMatch?: string
}

export const useSaveCertificate = () =>
  useMutation({
    mutationFn: ({ name, ifMatch, ...body }: Under & { readonly certificate: string; readonly isVerified?: boolean }) =>
      call<CaCertificateView>(path`/landfall/certificates/${name}`, { method: 'PUT', body, ifMatch }),
    onSuccess: certificatesChanged,
  })

export const useMakeCode = () =>
  useMutation({
    mutationFn: ({ name, ifMatch }: Under) =>
      call<CaCertificateView>(path`/landfall/certificates/${name}/code`, { method: 'POST', ifMatch }),
    onSuccess: certificatesChanged,
    onError: readWhereStale,
  })

export const useVerify = () =>
  useMutation({
    mutationFn: ({ name, ifMatch, ...body }: Under & { readonly certificate: string }) =>
      call<CaCertificateView>(path`/landfall/certificates/${name}/verify`, { method: 'POST', body, ifMatch }),
    onSuccess: certificatesChanged,
    onError: readWhereStale,
  })

/** `force`: though groups rely on it. */
export const deleteCertificate = ({ name, ifMatch, force }: Under & { readonly force?: boolean }) =>
  call<void>(path`/landfall/certificates/${name}`, { method: 'DELETE', ifMatch, query: { force } })

export const useDeleteCertificate = () =>
  useMutation({
    mutationFn: deleteCertificate,
    onSuccess: certificatesChanged,
    onError: readWhereStale,
  })
