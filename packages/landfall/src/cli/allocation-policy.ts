/** `landfall allocation-policy`: how hubs are chosen where an enrollment does not say. */
import { Argument, type Command } from 'commander'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import { answer } from './output.ts'

interface PolicyView {
  readonly allocationPolicy: string
}

const path = '/landfall/allocation-policy'

export function allocationPolicyCommand(): Command {
  const command = family('allocation-policy', 'How hubs are chosen where an enrollment does not say.', [
    'allocation-policy show',
    'allocation-policy set static',
  ])
  verb(command, 'show', 'Shows the policy of the service.', ['allocation-policy show']).action(
    async (options: CommonOptions) => {
      const { body } = await connect(options).request<PolicyView>({ method: 'GET', path })
      answer(options.json, body, ({ allocationPolicy }) => allocationPolicy)
    },
  )
  verb(command, 'set', 'Sets the policy of the service.', ['allocation-policy set hashed'])
    .addArgument(new Argument('<policy>').choices(['hashed', 'geo-latency', 'static']))
    .action(async (policy: string, options: CommonOptions) => {
      const allocationPolicy = policy === 'geo-latency' ? 'geoLatency' : policy
      const { body } = await connect(options).request<PolicyView>({ method: 'PUT', path, body: { allocationPolicy } })
      answer(options.json, body, () => `The allocation policy is ${body.allocationPolicy}.`)
    })
  return command
}
