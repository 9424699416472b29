/** What readers of a hub's telemetry call it: `EntityPath` (contract/iot-hub 16.1). */
export function entityOf(hub: string): string {
  const isAddress = /^[\d.]+$/.test(hub)
  return isAddress ? hub : (hub.split('.')[0]?.toLowerCase() ?? hub)
}
