/** `landfall cert root | intermediate | verification | quick`. */
import { Command } from 'commander'
import { type Issued, issueDevice, issueIntermediate, issueRoot, issueVerification } from '../x509/issue.ts'
import { certFile, fileNameOf, keyFile, readCa } from './cert-files.ts'
import { finish, type Made, type MakeOptions, orderOf, withMakeOptions } from './cert-options.ts'

type UnderCa = MakeOptions & { readonly ca: string }

const caFlag = ['--ca <name>', 'the CA that signs: its name, or the path of its files without .cert.pem'] as const

const rootName = 'Landfall-Test-Root'

export function rootCommand(): Command {
  return withMakeOptions(new Command('root'))
    .description('Makes a root CA: NAME.cert.pem and NAME.key.pem.')
    .argument('[common-name]', 'its common name', rootName)
    .addHelpText(
      'after',
      '\nExamples:\n  $ landfall cert root\n  $ landfall cert root "Plant 7 Root" --days 3650 --key rsa-4096 --out ca',
    )
    .action(async (commonName: string, options: MakeOptions) => {
      const issued = await issueRoot({ ...(await orderOf(options)), commonName })
      finish(
        [{ issued, files: [certFile(commonName, issued), keyFile(commonName, issued, options.passphrase)] }],
        options,
      )
    })
}

export function intermediateCommand(): Command {
  return withMakeOptions(new Command('intermediate'))
    .description('Makes an intermediate CA: also NAME.chain.pem, itself and all above it, root last.')
    .argument('<common-name>')
    .requiredOption(...caFlag)
    .addHelpText('after', `\nExample:\n  $ landfall cert intermediate Line-3 --ca ${rootName}`)
    .action(async (commonName: string, options: UnderCa) => {
      const ca = readCa(options.out, options.ca, options.passphrase)
      const issued = await issueIntermediate({ ...(await orderOf(options)), commonName, ca })
      finish([intermediate(commonName, issued, ca.chain, options.passphrase)], options)
    })
}

function intermediate(name: string, issued: Issued, above: readonly string[], passphrase?: string): Made {
  const chain = { name: `${fileNameOf(name)}.chain.pem`, content: [issued.pem, ...above].join('') }
  return { issued, files: [certFile(name, issued), keyFile(name, issued, passphrase), chain] }
}

export function verificationCommand(): Command {
  return withMakeOptions(new Command('verification'), 1)
    .description('Signs a verification code with the key of a CA, root or intermediate, to prove possession of it.')
    .argument('<code>', 'the code that the service gave')
    .requiredOption(...caFlag)
    .addHelpText('after', `\nExample:\n  $ landfall cert verification 7D07A6A51F8A… --ca ${rootName}`)
    .action(async (code: string, options: UnderCa) => {
      const ca = readCa(options.out, options.ca, options.passphrase)
      const issued = await issueVerification({ ...(await orderOf(options)), code: code.trim(), ca })
      const name = `verification-${fileNameOf(code.trim()).slice(0, 8)}`
      finish([{ issued, files: [certFile(name, issued)] }], options)
    })
}

export function quickCommand(): Command {
  return withMakeOptions(new Command('quick'))
    .description('Makes a root CA, an intermediate CA and one device certificate.')
    .argument('[registration-id]', 'of the device', 'device-1')
    .addHelpText('after', '\nExample:\n  $ landfall cert quick pump-12 --out certs')
    .action(async (registrationId: string, options: MakeOptions) => {
      const intermediateName = 'Landfall-Test-Intermediate'
      const root = await issueRoot({ ...(await orderOf(options)), commonName: rootName })
      const ca = await issueIntermediate({ ...(await orderOf(options)), commonName: intermediateName, ca: root })
      const device = await issueDevice({ ...(await orderOf(options)), registrationId, ca })
      const { passphrase } = options
      const fullchain = { name: `${fileNameOf(registrationId)}.fullchain.pem`, content: device.pem + ca.pem }
      finish(
        [
          { issued: root, files: [certFile(rootName, root), keyFile(rootName, root, passphrase)] },
          intermediate(intermediateName, ca, [root.pem], passphrase),
          {
            issued: device,
            files: [certFile(registrationId, device), keyFile(registrationId, device, passphrase), fullchain],
          },
        ],
        options,
      )
    })
}
