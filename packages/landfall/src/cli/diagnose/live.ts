/**
 * `landfall diagnose --listen`: listeners for a live device. What it really sends is told, with what the service would do
 * about it; then the device is refused. Nothing is registered.
 */
import { realTimers } from '../../system.ts'
import { exitCodes } from '../exit.ts'
import { say, tell } from '../output.ts'
import { askedToStop, outliveReader } from '../until-stopped.ts'
import { wouldBeAssigned } from './ask.ts'
import { type Heard, heardStory } from './heard.ts'
import { type ListenerOrder, openListeners } from './listeners.ts'

interface LiveOrder extends ListenerOrder {
  readonly once?: boolean
  readonly json?: boolean
}

export async function diagnoseLive(order: LiveOrder): Promise<void> {
  const { host, json, once = false, local } = order
  const stop = askedToStop()
  outliveReader()
  const first = Promise.withResolvers<Heard>()
  const onHeard = (heard: Heard) => {
    say(json ? JSON.stringify(heard) : heardStory(heard))
    if (once) first.resolve(heard)
  }
  await using opened = new AsyncDisposableStack()
  const { ports, allGone } = await openListeners(order, onHeard, opened)
  const where = `HTTPS and WebSocket ${host}:${ports.https}, MQTT ${host}:${ports.mqtt}, AMQP ${host}:${ports.amqp}`
  tell(`Listening for devices: ${where}. ID scope ${local.idScope}. Nothing is registered. Press Ctrl-C to stop.`)
  const stopped = new Promise<undefined>((resolve) =>
    stop.addEventListener('abort', () => resolve(undefined), { once: true }),
  )
  const heard = await Promise.race([first.promise, stopped])
  if (heard === undefined) return
  process.exitCode = heard.diagnosis && wouldBeAssigned(heard.diagnosis) ? exitCodes.done : exitCodes.refused
  const waiting = new AbortController()
  await Promise.race([allGone(), stopped, realTimers.sleep(lingerMs, waiting.signal)])
  waiting.abort()
}

/** For the device to get its answer, and to subscribe to it first, as some do only now. */
const lingerMs = 5000
