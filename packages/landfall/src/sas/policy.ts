/** Shared access policies and their rights (contract/service-api 5.6, contract/iot-hub 2.6). */

export type ServiceRight =
  | 'ServiceConfig'
  | 'DeviceConnect'
  | 'EnrollmentWrite'
  | 'EnrollmentRead'
  | 'RegistrationStatusRead'
  | 'RegistrationStatusWrite'

export type HubRight = 'RegistryRead' | 'RegistryWrite' | 'ServiceConnect' | 'DeviceConnect'

export type Right = ServiceRight | HubRight

export interface SharedAccessPolicy<R extends Right = Right> {
  readonly name: string
  /** Base64 of 16 to 64 bytes. */
  readonly primaryKey: string
  readonly secondaryKey: string
  readonly rights: readonly R[]
}

/** The order in which rights are printed (contract/management 3.13). */
export const serviceRights = [
  'ServiceConfig',
  'DeviceConnect',
  'EnrollmentWrite',
  'EnrollmentRead',
  'RegistrationStatusRead',
  'RegistrationStatusWrite',
] as const satisfies readonly ServiceRight[]

// contract/service-api 5.6; on the hub a writer may read (contract/iot-hub 2.6)
const implied: Partial<Record<Right, readonly Right[]>> = {
  EnrollmentWrite: ['EnrollmentRead', 'RegistrationStatusRead', 'RegistrationStatusWrite'],
  RegistrationStatusWrite: ['RegistrationStatusRead'],
  RegistryWrite: ['RegistryRead'],
}

export function allows(policy: SharedAccessPolicy, right: Right): boolean {
  return policy.rights.some((has) => has === right || implied[has]?.includes(right))
}

export function findPolicy<R extends Right>(
  policies: readonly SharedAccessPolicy<R>[],
  name: string,
): SharedAccessPolicy<R> | undefined {
  const wanted = name.toLowerCase()
  return policies.find((policy) => policy.name.toLowerCase() === wanted)
}

/** What service SDKs are given to come in by this policy; `host` with its port where it is not 443 (contract/iot-hub 1.1). */
export function connectionStringOf({ name, primaryKey }: SharedAccessPolicy, host: string): string {
  return `HostName=${host};SharedAccessKeyName=${name};SharedAccessKey=${primaryKey}`
}
