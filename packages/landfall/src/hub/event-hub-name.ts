/** What readers of a hub's telemetry call it: `EntityPath` (contract/iot-hub 16.1). */
export const entityOf = (hub: string) => hub.split('.')[0]?.toLowerCase() ?? hub
