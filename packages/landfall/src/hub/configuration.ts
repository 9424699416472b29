/** An automatic device configuration or a deployment, as a back end stores it (contract/iot-hub 9.2). */
import type { ConfigurationId, Etag, HubName } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Instant } from '../system.ts'

export interface HubConfiguration {
  readonly hub: HubName
  readonly id: ConfigurationId
  readonly etag: Etag
  readonly schemaVersion: string
  readonly labels: JsonObject
  /** Fixed when it is made. */
  readonly content: JsonObject
  readonly targetCondition: string
  readonly priority: number
  /** Name → query. */
  readonly metrics: JsonObject
  readonly createdAt: Instant
  readonly updatedAt: Instant
}
