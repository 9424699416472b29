/**
 * Whether a file holds a private key in PEM: then it does not leave this browser. In other forms (DER, PKCS #12) the
 * service finds it, refuses it and keeps nothing (contract/management 5.3).
 */
export const holdsPrivateKey = (text: string): boolean => /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)
