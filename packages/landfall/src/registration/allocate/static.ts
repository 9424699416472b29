/** The one hub that an enrollment names (contract/semantics 8.6, 8.7). */
import type { Enrollment } from '../../enrollment/enrollment.ts'
import type { HubName } from '../../ids.ts'

export function chooseStatic(enrollment: Enrollment): HubName | undefined {
  return enrollment.iotHubs?.[0] ?? enrollment.iotHubHostName
}
