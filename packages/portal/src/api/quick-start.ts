import { call, callLines } from './call.ts'
import { path } from './path.ts'

export interface MadeStep {
  readonly step: 'certificates' | 'upload' | 'proof' | 'enrollment' | 'device' | 'undo'
  readonly ok: boolean
  readonly says: string
  /** Where it failed: errorCode, reason, trackingId as far as there are. */
  readonly data?: { readonly errorCode?: number; readonly reason?: string; readonly trackingId?: string }
}

export interface DoneStep {
  readonly step: 'done'
  readonly ok: true
  readonly says: string
  readonly group: string
  readonly ca: string
  readonly devices: readonly { readonly registrationId: string; readonly hub: string; readonly milliseconds: number }[]
  /** Test CA and devices, with their keys; kept nowhere else. */
  readonly files: readonly { readonly name: string; readonly pem: string }[]
}

export type QuickStartStep = MadeStep | DoneStep

export interface QuickStartOrder {
  readonly name?: string
  /** 1 to 10. */
  readonly devices?: number
  readonly keyType?: 'ec' | 'ec-p384' | 'rsa' | 'rsa-2048' | 'rsa-3072'
}

/** The steps, one by one as they are done. */
export const quickStart = (order: QuickStartOrder = {}, signal?: AbortSignal) =>
  callLines<QuickStartStep>('/landfall/quick-start', { method: 'POST', body: order, signal })

/** Takes away what a quick start of this name made. */
export const removeQuickStart = (name: string) =>
  call<{
    readonly enrollmentGroup: boolean
    readonly registrations: number
    readonly hubDevices: number
    readonly caCertificate: boolean
  }>(path`/landfall/quick-start/${name}`, { method: 'DELETE' })
