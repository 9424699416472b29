/** `DELETE /devices/{id}/commands`: empties a device's queue (contract/iot-hub 13.4). Sending and feedback are AMQP's. */
import type { FastifyInstance } from 'fastify'
import { admit, callOf, type HubServiceParts, placeOf } from './call.ts'

export function messageRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  app.delete('/devices/:id/commands', admit(parts, 'ServiceConnect'), async (request) => {
    const place = placeOf(request)
    const totalMessagesPurged = await callOf(request).devices.purgeCloudMessages(place)
    return { totalMessagesPurged, deviceId: place.deviceId, moduleId: null }
  })
}
