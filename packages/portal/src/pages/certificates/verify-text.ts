import { makeText } from '../../i18n/i18n.ts'

export const verifyText = makeText('certificate-verify', {
  en: {
    title: 'Prove that the key is yours',
    intro:
      'Sign a certificate whose common name is a code of this service, with the key of this CA. The key stays where it is.',
    step1: 'Get a code',
    generate: 'Generate verification code',
    again: 'Generate another code',
    againHelp: 'The code before it becomes void.',
    code: 'Verification code',
    until: 'Valid until',
    expired: 'This code has expired. Generate another one; nothing else is lost.',
    step2: 'Sign it, where the key of the CA is',
    withLandfall: 'With Landfall',
    withLandfallHelp:
      'Where you ran landfall cert: it looks for the CA in ./certs. Are its files elsewhere, then put their path without .cert.pem in place of the last word. One of the two ways is enough.',
    withOpenssl: 'With OpenSSL',
    withOpensslHelp: 'Put the names of your files in place of ca.cert.pem and ca.key.pem.',
    step3: 'Drop the result here',
    file: 'Verification certificate .pem or .cer file',
    privateKey:
      '{{file}} holds a private key. It was not sent. Choose the certificate that the command has written, whose name ends in .cert.pem.',
    retry: 'Try {{file}} again',
    verifying: 'Verifying…',
    first: 'Generate a code first.',
    verified: 'Certificate {{name}} is verified',
    isVerified: 'Verified',
    isVerifiedHelp: 'Whoever uploaded this certificate has its key, or said so. Enrollment groups may rely on it.',
  },
  nl: {
    title: 'Bewijs dat de sleutel van u is',
    intro:
      'Onderteken met de sleutel van deze CA een certificaat waarvan de algemene naam een code van deze service is. De sleutel blijft waar die is.',
    step1: 'Vraag een code',
    generate: 'Verificatiecode genereren',
    again: 'Een andere code genereren',
    againHelp: 'De code ervoor vervalt dan.',
    code: 'Verificatiecode',
    until: 'Geldig tot',
    expired: 'Deze code is verlopen. Genereer een andere; verder gaat er niets verloren.',
    step2: 'Onderteken die waar de sleutel van de CA is',
    withLandfall: 'Met Landfall',
    withLandfallHelp:
      'Waar u landfall cert hebt uitgevoerd: het zoekt de CA in ./certs. Staan de bestanden elders, zet dan hun pad zonder .cert.pem op de plaats van het laatste woord. Eén van beide manieren volstaat.',
    withOpenssl: 'Met OpenSSL',
    withOpensslHelp: 'Zet de namen van uw bestanden in plaats van ca.cert.pem en ca.key.pem.',
    step3: 'Sleep het resultaat hierheen',
    file: '.pem- of .cer-bestand met het verificatiecertificaat',
    privateKey:
      '{{file}} bevat een privésleutel. Die is niet verzonden. Kies het certificaat dat de opdracht heeft geschreven, waarvan de naam eindigt op .cert.pem.',
    retry: '{{file}} opnieuw proberen',
    verifying: 'Verifiëren…',
    first: 'Genereer eerst een code.',
    verified: 'Certificaat {{name}} is geverifieerd',
    isVerified: 'Geverifieerd',
    isVerifiedHelp:
      'Wie dit certificaat heeft geüpload, heeft de sleutel ervan, of zei dat. Inschrijvingsgroepen mogen erop steunen.',
  },
})
