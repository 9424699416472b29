/** `landfall compute-device-key`: the key that a device of a symmetric-key group signs with (contract/semantics 6.3). */
import type { Command } from 'commander'
import { deriveDeviceKey, readKey } from '../sas/key.ts'
import { type CommonOptions, single } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { answer } from './output.ts'

interface KeyOptions extends CommonOptions {
  readonly registrationId: string
  readonly key?: string
  readonly group?: string
}

export function computeDeviceKeyCommand(): Command {
  return single('compute-device-key', "Derives a device's key from the key of its enrollment group.", [
    'compute-device-key --key GROUP_KEY --registration-id pump-12',
    'compute-device-key --group plant-7 --registration-id pump-12',
  ])
    .requiredOption('--registration-id <id>', 'exactly as the device will write it')
    .option('--key <base64>', 'key of the group; nothing is asked of a service')
    .option('--group <id>', 'take the primary key of this group from the service')
    .action(async (options: KeyOptions) => {
      const deviceKey = deriveDeviceKey(await groupKey(options), options.registrationId)
      answer(options.json, { registrationId: options.registrationId, deviceKey }, () => deviceKey)
    })
}

async function groupKey({ key, group, ...options }: KeyOptions): Promise<string> {
  if ((key === undefined) === (group === undefined)) throw new UsageError('Give either --key or --group.')
  if (key !== undefined) {
    if (!readKey(key)) throw new UsageError('--key is not base64 of 16 to 64 bytes.')
    return key
  }
  const { symmetricKey } = await connect(options).enrollmentGroups.attestationMechanism(group ?? '')
  if (!symmetricKey?.primaryKey) throw new UsageError(`The enrollment group "${group}" has no symmetric keys.`)
  return symmetricKey.primaryKey
}
