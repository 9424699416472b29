/** The commands, by name: each is one file, read only when it is asked for, so that the help is quick. */
import { Command } from 'commander'
import landfall from '../../package.json' with { type: 'json' }

interface Entry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<Command>
}

const entry = (name: string, summary: string, load: () => Promise<Command>): Entry => ({ name, summary, load })

/** In the order of the help. */
export const entries: readonly Entry[] = [
  entry('quickstart', 'the whole walk: a service, a CA, an enrollment group, registered devices', async () =>
    (await import('./quickstart/quickstart.ts')).quickstartCommand(),
  ),
  entry('serve', 'run the service', async () => (await import('./serve.ts')).serveCommand()),
  entry('env', 'print the settings of a running service for other programs', async () =>
    (await import('./env.ts')).envCommand(),
  ),
  entry('cert', 'test CAs, device and verification certificates; check a chain', async () =>
    (await import('./cert.ts')).certCommand(),
  ),
  entry('certificate', 'CA certificates of the service, and proof of possession', async () =>
    (await import('./certificate.ts')).certificateCommand(),
  ),
  entry('enrollment-group', 'enrollments for many devices', async () =>
    (await import('./enrollment-group.ts')).enrollmentGroupCommand(),
  ),
  entry('enrollment', 'enrollments for one device each', async () =>
    (await import('./enrollment.ts')).enrollmentCommand(),
  ),
  entry('registration', 'what became of devices that registered', async () =>
    (await import('./registration.ts')).registrationCommand(),
  ),
  entry('hub', 'the hubs that devices are assigned to', async () => (await import('./hub.ts')).hubCommand()),
  entry('simulate', 'a fleet of devices that register, connect to their hubs, send and answer', async () =>
    (await import('./simulate/simulate.ts')).simulateCommand(),
  ),
  entry('policy', 'shared access policies and their keys', async () => (await import('./policy.ts')).policyCommand()),
  entry('token', 'bearer tokens, and secrets for programs', async () => (await import('./token.ts')).tokenCommand()),
  entry('portal', 'open the portal in a browser, signed in', async () => (await import('./portal.ts')).portalCommand()),
  entry('allocation-policy', 'how hubs are chosen where an enrollment does not say', async () =>
    (await import('./allocation-policy.ts')).allocationPolicyCommand(),
  ),
  entry('compute-device-key', "derive a device's key from its group's", async () =>
    (await import('./compute-device-key.ts')).computeDeviceKeyCommand(),
  ),
  entry('audit', 'who changed what, with what it was before and after', async () =>
    (await import('./audit.ts')).auditCommand(),
  ),
  entry('explain', 'tell the story of a registration attempt, step by step', async () =>
    (await import('./explain.ts')).explainCommand(),
  ),
  entry('diagnose', 'say what would be done about a device and why, rule by rule', async () =>
    (await import('./diagnose/diagnose.ts')).diagnoseCommand(),
  ),
]

/** The program, with the one command loaded that the arguments name; the others are names in the help. */
export async function programFor(args: readonly string[]): Promise<Command> {
  const asked = args.find((argument) => !argument.startsWith('-') && argument !== 'help')
  const program = new Command('landfall')
    .description('A device provisioning service that speaks the Azure IoT Hub Device Provisioning Service protocol.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ landfall quickstart\n  $ landfall serve --data ./data\n  $ landfall explain --registration-id pump-12\n\n"landfall COMMAND --help" tells more.',
    )
    .version(landfall.version, '--version', 'print the version')
    .showHelpAfterError('See "landfall --help".')
  for (const { name, summary, load } of entries) {
    program.addCommand(name === asked ? await load() : new Command(name).description(summary))
  }
  return program
}
