/** Each connection is a server of its own, which knows its socket, and tells also of what is no device's. */
import { deviceAmqp } from '../../device-api/amqp.ts'
import { deviceMqtt } from '../../device-api/mqtt.ts'
import type { DeviceApiParts } from '../../device-api/parts.ts'
import { type Amqp, makeAmqp } from '../../protocol/amqp.ts'
import type { AmqpService } from '../../protocol/amqp-service.ts'
import { type Mqtt, makeMqtt } from '../../protocol/mqtt.ts'
import type { MqttService } from '../../protocol/mqtt-service.ts'
import { OpenConnections } from '../../protocol/open-connections.ts'
import type { Heard } from './heard.ts'
import { type Wire, wireOf } from './wire.ts'

type Common = Omit<Parameters<typeof makeMqtt>[0], 'services'>
type PartsFor = (wire: () => Wire) => DeviceApiParts
type OnHeard = (heard: Heard) => void

export function mqttOfEach(common: Common, partsFor: PartsFor, onHeard: OnHeard): Mqtt {
  const connections = new OpenConnections()
  return {
    get open() {
      return connections.size
    },
    serve(stream, socket, transport) {
      const wire = wireOf(socket, transport === 'mqtt' ? 'MQTT' : 'MQTT over WebSocket')
      const mqtt = makeMqtt({ ...common, services: [connectOf(deviceMqtt(partsFor(() => wire)), wire, onHeard)] })
      connections.enter({ finish: () => void mqtt.close() }, stream)
      mqtt.serve(stream, socket, transport)
    },
    close: () => connections.close(),
  }
}

export function amqpOfEach(common: Common, partsFor: PartsFor, onHeard: OnHeard): Amqp {
  const connections = new OpenConnections()
  return {
    get open() {
      return connections.size
    },
    serve(stream) {
      const wire = wireOf(stream.socket, stream.transport === 'amqp' ? 'AMQP' : 'AMQP over WebSocket')
      const amqp = makeAmqp({ ...common, services: [linksOf(deviceAmqp(partsFor(() => wire)), wire, onHeard)] })
      connections.enter({ finish: () => void amqp.close() }, stream.stream)
      amqp.serve(stream)
    },
    close: () => connections.close(),
  }
}

function connectOf(service: MqttService, wire: Wire, onHeard: OnHeard): MqttService {
  return {
    ...service,
    matches(connect) {
      wire.login = { clientId: connect.clientId, userName: connect.userName }
      if (service.matches(connect)) return true
      onHeard({
        wire,
        unread: 'The MQTT user name is not of the form {idScope}/registrations/{registrationId}/api-version=….',
      })
      return false
    },
  }
}

function linksOf(service: AmqpService, wire: Wire, onHeard: OnHeard): AmqpService {
  return {
    async knows(credentials, peer) {
      wire.login = { userName: credentials.userName }
      if (await service.knows?.(credentials, peer)) return true
      onHeard({
        wire,
        unread: 'The user name of SASL PLAIN is not of the form {idScope}/registrations/{registrationId}.',
      })
      return false
    },
    connect(peer) {
      const handler = service.connect(peer)
      return {
        async attach(link) {
          if (await handler.attach(link)) return true
          const at = `The AMQP link "${link.address.slice(0, 200)}"`
          onHeard({ wire, unread: `${at} is not of the form {idScope}/registrations/{registrationId}.` })
          return false
        },
        closed: () => handler.closed?.(),
      }
    },
  }
}
