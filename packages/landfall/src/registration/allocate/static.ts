/** The one hub that an enrollment names, or the only one there is (contract/semantics 8.6, 8.7). */
import type { Enrollment } from '../../enrollment/enrollment.ts'
import type { HubName } from '../../ids.ts'
import type { LinkedHub } from '../hub.ts'

export function chooseStatic(enrollment: Enrollment, hubs: readonly LinkedHub[]): HubName | undefined {
  return enrollment.iotHubs?.[0] ?? enrollment.iotHubHostName ?? onlyHub(hubs)
}

// the cloud assigns here, though contract/semantics 8.6 says it fails: azure-iot-deviceprovisioning's registration
// test lives on it. With a choice of hubs nobody knows which was meant.
function onlyHub(hubs: readonly LinkedHub[]): HubName | undefined {
  const [hub, ...others] = hubs.filter(({ applyAllocationPolicy }) => applyAllocationPolicy)
  return others.length === 0 ? hub?.name : undefined
}
