/** What a person sees of devices that land: a line each step, and some messages as they come. */
import { colour, harmless, say } from '../output.ts'
import { telemetryLine } from '../telemetry-line.ts'
import type { Landing, Show } from './land.ts'

const mostMessages = 5
const mostFailures = 3

/** `step`: shows one that is done; absent: nothing is shown. */
export function showLanding(devices: number, step: ((what: string, sentence: string) => void) | undefined): Show {
  let messages = 0
  if (!step) return { connected() {}, twin() {}, telemetry() {}, method() {} }
  return {
    connected(landing) {
      step('Connected', connectedSentence(landing, devices))
      for (const { deviceId, message } of landing.failed.slice(0, mostFailures))
        say(`  ${colour.red('✗')} ${deviceId}: ${message}`)
    },
    twin(deviceId, desiredVersion) {
      step('Twins', `${deviceId} read its twin (desired version ${desiredVersion}) and reported {"firmware":"1.0.0"}`)
    },
    telemetry(event) {
      messages += 1
      if (messages <= mostMessages) say(`  ${telemetryLine(event)}`)
      else if (messages === mostMessages + 1) say('  …')
    },
    method({ deviceId, name, status, payload, ms }) {
      const answer = harmless(JSON.stringify(payload))
      step('Method', `${deviceId} answered "${name}" in ${ms} ms: ${status} ${answer}`)
    },
  }
}

function connectedSentence({ wanted, connected }: Pick<Landing, 'wanted' | 'connected'>, devices: number): string {
  if (wanted === 0) return 'no device: none was assigned to a hub of this service'
  const counted = `${connected} of ${wanted} devices to their hub over MQTT, with the certificates they registered with`
  const told = connected === wanted ? counted : colour.red(counted)
  return wanted < devices ? `${told}; of ${devices} devices, the first ${wanted} connect` : told
}

export function landingSentence({ sent, stored, method }: Landing): string {
  const called = method?.status === 200 ? 'a method call answered' : colour.red('the method call was not answered')
  const kept = `${sent} messages sent, ${stored} stored`
  return `${stored === sent ? kept : colour.red(kept)}; ${called}`
}
