/** The node `$cbs`, to which tokens are put (contract/iot-hub 11.2, 11.3). */
import type { AmqpMessage } from '../../protocol/amqp-message.ts'
import { amqpInt } from '../../protocol/amqp-message.ts'
import { type AmqpAnswer, makeRequestNode, type RequestNode } from '../../protocol/amqp-requests.ts'
import { HubRefusal } from '../refusal.ts'

/** `put` throws a HubRefusal where the token is no good. */
export function makeCbs(put: (token: string) => Promise<void>): RequestNode {
  return makeRequestNode(async (request) => {
    try {
      await put(tokenOf(request))
      return answer(200, 'OK')
    } catch (error) {
      // 503: the client tries again, and the log of the service has what happened
      if (!(error instanceof HubRefusal)) return answer(503, 'The hub could not check the token. Try again.')
      return answer(statusOf(error), error.message)
    }
  })
}

/** 403 is a quota to Java's client; whoever may not come in is unauthorized (contract/iot-hub 11.3). */
const statusOf = ({ status }: HubRefusal) => (status === 403 ? 401 : status)

function tokenOf({ applicationProperties, body }: AmqpMessage): string {
  const { operation, type } = applicationProperties
  if (operation !== 'put-token')
    throw new HubRefusal('ArgumentInvalid', 'The operation of a message to $cbs is to be "put-token".')
  if (type !== 'servicebus.windows.net:sastoken')
    throw new HubRefusal(
      'IotHubUnauthorized',
      'Tokens of this type are not taken. Put a SAS token, as "servicebus.windows.net:sastoken".',
    )
  const text = 'value' in body ? body.value : body.data.toString()
  if (typeof text === 'string') return text
  throw new HubRefusal('ArgumentInvalid', 'The body of a put-token is to be the token, as a value.')
}

const answer = (status: number, description: string): AmqpAnswer => ({
  // an int: Python's client takes no other type
  applicationProperties: { 'status-code': amqpInt(status), 'status-description': description },
  body: { value: undefined },
})
