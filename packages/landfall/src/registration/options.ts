/** Where Landfall may be told to behave as the cloud does (contract/semantics 19): all by `--fidelity cloud`. */
export interface RegistrationOptions {
  /** 19.2: a disabled device is told which enrollment is disabled. */
  readonly explainDisabled: boolean
  /** 19.4: missing intermediates are completed from stored certificates; otherwise only the anchor is. */
  readonly completeChains: boolean
  /** 19.5: keys derived from another letter case of the registration id count. */
  readonly foldIdCase: boolean
  /** 19.6: registrations of one id at the same moment wait for each other; otherwise the second is refused. */
  readonly queueConcurrent: boolean
  /** 19.9: a failed registration forgets neither hub nor device id of the last good one. */
  readonly keepLastAssignment: boolean
  /** 4.8: the certificate of an individual enrollment is trusted by its thumbprint alone, whatever its dates. */
  readonly individualIgnoreExpiry: boolean
  /** 21.3: a reset policy resets the twin although the device stays on its hub. */
  readonly resetOnSameHub: boolean
}

export const landfallOptions: RegistrationOptions = {
  explainDisabled: true,
  completeChains: true,
  foldIdCase: true,
  queueConcurrent: true,
  keepLastAssignment: true,
  individualIgnoreExpiry: false,
  resetOnSameHub: false,
}

export const cloudOptions: RegistrationOptions = {
  ...landfallOptions,
  explainDisabled: false,
  completeChains: false,
  foldIdCase: false,
  queueConcurrent: false,
  keepLastAssignment: false,
}
