/** Direct methods over one MQTT connection: each call a publish, its answer another, told apart by `$rid` (contract/iot-hub 10.14). */
import type { MqttSession } from '../../protocol/mqtt-service.ts'
import type { MethodAnswer, MethodCall } from '../device/session.ts'
import { methodTopic } from './topics.ts'

export class MethodCalls {
  readonly #session: MqttSession
  #waiting: Map<string, (answer: MethodAnswer) => void> | undefined
  #last = 0

  constructor(session: MqttSession) {
    this.#session = session
  }

  ask({ name, payload }: MethodCall, signal: AbortSignal): Promise<MethodAnswer> {
    const waiting = this.#waiting ?? new Map()
    this.#waiting = waiting
    this.#last += 1
    const rid = this.#last.toString(16)
    const answer = new Promise<MethodAnswer>((resolve) => waiting.set(rid, resolve))
    signal.addEventListener('abort', () => waiting.delete(rid), { once: true })
    this.#session.publish(methodTopic(name, rid), payload, 0)
    return answer
  }

  /** One that nobody waits for any more is passed over. */
  answered({ status, rid }: { readonly status: number; readonly rid: string }, payload: Uint8Array): void {
    this.#waiting?.get(rid)?.({ status, payload })
  }
}
