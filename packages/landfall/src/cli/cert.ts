/** `landfall cert …`: test CAs, device certificates, proofs of possession; looking at certificates and at paths. */
import type { Command } from 'commander'
import { intermediateCommand, quickCommand, rootCommand, verificationCommand } from './cert-ca.ts'
import { certCheckCommand } from './cert-check.ts'
import { deviceCommand, selfSignedCommand } from './cert-device.ts'
import { certLintCommand } from './cert-lint.ts'
import { certShowCommand } from './cert-show.ts'
import { family } from './command.ts'

const examples = [
  'cert quick',
  'cert device pump-12 --ca Landfall-Test-Intermediate',
  'cert show certs/pump-12.cert.pem',
]

export function certCommand(): Command {
  return family('cert', 'Makes test certificates, looks at certificates, checks chains.', examples)
    .addCommand(rootCommand())
    .addCommand(intermediateCommand())
    .addCommand(deviceCommand())
    .addCommand(selfSignedCommand())
    .addCommand(verificationCommand())
    .addCommand(quickCommand())
    .addCommand(certShowCommand())
    .addCommand(certLintCommand())
    .addCommand(certCheckCommand())
}
