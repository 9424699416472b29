/** Metrics of the embedded hubs: who is connected, what devices send, how calls end. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { HubMeters } from '../hub/device/meters.ts'

export function hubMetrics(registry: Registry, connected: () => number): HubMeters {
  const registers = [registry]
  new Gauge({
    name: 'landfall_hub_connected_devices',
    help: 'Devices with a live connection to an embedded hub.',
    registers,
    collect() {
      this.set(connected())
    },
  })
  const messages = new Counter({
    name: 'landfall_hub_telemetry_messages_total',
    help: 'Messages of devices, acknowledged and on disk.',
    registers,
  })
  const bytes = new Counter({
    name: 'landfall_hub_telemetry_bytes_total',
    help: 'What those messages hold, properties included.',
    registers,
  })
  const methods = new Histogram({
    name: 'landfall_hub_method_seconds',
    help: 'Direct methods, from the call to its answer or refusal.',
    labelNames: ['outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  })
  const refused = new Counter({
    name: 'landfall_hub_refused_connects_total',
    help: 'Devices that an embedded hub did not let in, by reason.',
    labelNames: ['code', 'transport'],
    registers,
  })
  const cloudMessages = new Counter({
    name: 'landfall_hub_cloud_messages_total',
    help: 'Cloud-to-device messages, by what became of them.',
    labelNames: ['what'],
    registers,
  })
  return {
    telemetry(count, size) {
      messages.inc(count)
      bytes.inc(size)
    },
    method: (outcome, durationMs) => methods.observe({ outcome }, durationMs / 1000),
    refused: (code, transport) => refused.inc({ code, transport }),
    cloudMessage: (what) => cloudMessages.inc({ what }),
  }
}
