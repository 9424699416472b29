/** CA certificates over the public API: an etag at every step, dates of RFC 1123, both bodies (contract/management 5). */
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import { flagAt, invalid, objectAt, requireObject, textAt } from '../enrollment/fields.ts'
import {
  type CaAsked,
  caNamed,
  makeCode,
  provePossession,
  removeCa,
  saveCaUnderEtag,
} from '../instance/certificates.ts'
import type { Settings } from '../store/settings.ts'
import { knownCertificate } from '../x509/certificate.ts'
import { toPem } from '../x509/pem.ts'
import type { Answer, Call, Room } from './call.ts'
import { idOf, requireService, type as serviceType } from './names.ts'

export async function listCertificates(call: Call, room: Room): Promise<Answer> {
  const settings = await requireService(call, room)
  const cas = await room.store.caCertificates()
  return { body: { value: cas.map((ca) => render(ca, settings, call)) } }
}

export async function getCertificate(call: Call, room: Room): Promise<Answer> {
  const settings = await requireService(call, room)
  return { body: render(await caNamed(asked(call), room), settings, call) }
}

export async function putCertificate(call: Call, room: Room): Promise<Answer> {
  const settings = await requireService(call, room)
  const { value, warnings } = await saveCaUnderEtag({ ...asked(call), ...readUpload(call.body) }, room)
  return { body: render(value, settings, call), warnings }
}

export async function deleteCertificate(call: Call, room: Room): Promise<Answer> {
  await requireService(call, room)
  // contract/management 5.8
  await removeCa(askedWithEtag(call), { force: call.query.get('force') === 'true' }, room)
  return {}
}

export async function generateCode(call: Call, room: Room): Promise<Answer> {
  const settings = await requireService(call, room)
  const ca = await makeCode(askedWithEtag(call), room)
  const { properties, ...rest } = render(ca, settings, call)
  const { code: verificationCode } = ca.verificationCode ?? {}
  // here the certificate itself, whatever the version (contract/management 5.2)
  return { body: { ...rest, properties: { verificationCode, ...properties, certificate: contentOf(ca) } } }
}

export async function verifyCertificate(call: Call, room: Room): Promise<Answer> {
  const settings = await requireService(call, room)
  const { certificate } = readUpload(call.body)
  return { body: render(await provePossession(askedWithEtag(call), certificate, room), settings, call) }
}

/** The odd query parameters `certificate.…` say nothing that counts (contract/management 2.23). */
const asked = ({ params, ifMatch }: Call): CaAsked => ({ name: params.certificate ?? '', ifMatch })

function askedWithEtag(call: Call): CaAsked {
  if (call.ifMatch !== undefined) return asked(call)
  throw invalid('If-Match is missing. Send the etag of the certificate; every step of its proof gives it a new one.')
}

/** Flat as before 2022, or wrapped; told by what is there, not by the version (contract/management 1.2). */
function readUpload(sent: unknown) {
  const body = requireObject(sent, 'The body of a certificate')
  const upload = objectAt(body, 'properties') ?? body
  const certificate = textAt(upload, 'certificate')
  if (certificate === undefined) throw invalid('certificate is missing. Send base64 of a PEM or DER file, or PEM text.')
  return { certificate, isVerified: flagAt(upload, 'isVerified') }
}

function render({ name, etag, certificate, ...ca }: CaCertificate, settings: Settings, { apiVersion }: Call) {
  const { subject, notAfter, sha1Thumbprint } = knownCertificate(Buffer.from(certificate.der, 'base64'))
  return {
    properties: {
      // the bare common name (contract/management 5.2)
      subject: subject.commonName ?? subject.text,
      expiry: rfc1123(notAfter),
      thumbprint: sha1Thumbprint,
      isVerified: ca.isVerified,
      created: rfc1123(ca.createdAt),
      updated: rfc1123(ca.updatedAt),
      certificate: apiVersion < contentSince ? null : contentOf({ certificate }),
    },
    id: `${idOf(settings)}/certificates/${name}`,
    name,
    type: `${serviceType}/Certificates`,
    etag,
  }
}

/** From this version on a certificate's answer holds the certificate (contract/management 5.2). */
const contentSince = '2022-02-05'

/** Base64 of PEM: the command line decodes it and prints text. */
const contentOf = ({ certificate }: Pick<CaCertificate, 'certificate'>) =>
  Buffer.from(toPem(Buffer.from(certificate.der, 'base64'))).toString('base64')

const rfc1123 = (instant: number) => new Date(instant).toUTCString()
