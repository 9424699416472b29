/**
 * What a stranger's chain may cost. Signature checks: as Go and webpki since CVE-2018-16875. Certificates of a path,
 * anchor included, and bytes of all that was sent: contract/semantics 4.16. Steps of the search: webpki's, an order of
 * magnitude less, since chains here are short.
 */
export const chainBudget = { signatures: 100, certificates: 10, bytes: 64 * 1024, steps: 2000 } as const
