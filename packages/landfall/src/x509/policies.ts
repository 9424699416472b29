/**
 * Certificate policies by RFC 5280 6.1, for a caller who accepts any policy and asks for none: they refuse a path only
 * where one of its certificates asks for an explicit policy. All that matters then is whether any policy is left, so one
 * level of the tree is kept, as sets (RFC 9618: the tree itself grows without bound).
 */
import type { Certificate } from './certificate.ts'

const anyPolicy = '2.5.29.32.0'

/** Valid policy to what the next certificate may call it. Empty: no policy is left. */
type Level = ReadonlyMap<string, ReadonlySet<string>>

interface State {
  readonly level: Level
  /** Certificates until an explicit policy is required, mapping ends, anyPolicy ends. */
  readonly explicit: number
  readonly mapping: number
  readonly any: number
}

/** The certificate at which no policy is left though one is required. `below`: from under the anchor down to the leaf. */
export function policyFault(below: readonly Certificate[]): Certificate | undefined {
  const never = below.length + 1
  let state: State = { level: only(anyPolicy), explicit: never, mapping: never, any: never }
  for (const [index, certificate] of below.entries()) {
    const last = index === below.length - 1
    const level = nextLevel(state, certificate, last)
    if (state.explicit === 0 && level.size === 0) return certificate // 6.1.3(f)
    if (mapsAnyPolicy(certificate)) return certificate // 6.1.4(a)
    state = last ? wrapUp({ ...state, level }, certificate) : prepare({ ...state, level }, certificate)
    if (last && state.explicit === 0 && level.size === 0) return certificate // 6.1.5(g)
  }
}

const only = (policy: string): Level => new Map([[policy, new Set([policy])]])

// 6.1.3(d)-(e)
function nextLevel({ level, any }: State, certificate: Certificate, last: boolean): Level {
  const policies = certificate.extensions.policies
  if (!policies) return new Map()
  const expected = new Set([...level.values()].flatMap((set) => [...set]))
  const named = policies.filter((policy) => policy !== anyPolicy && (expected.has(policy) || level.has(anyPolicy)))
  const takesAny = policies.includes(anyPolicy) && (any > 0 || (!last && certificate.selfIssued))
  return new Map([...named, ...(takesAny ? expected : [])].map((policy) => [policy, new Set([policy])]))
}

const mapsAnyPolicy = ({ extensions }: Certificate): boolean =>
  extensions.policyMappings?.some(({ issuer, subject }) => issuer === anyPolicy || subject === anyPolicy) ?? false

// 6.1.4(b), (h)-(j)
function prepare(state: State, certificate: Certificate): State {
  const { requireExplicitPolicy, inhibitPolicyMapping, inhibitAnyPolicy } = certificate.extensions
  const step = (count: number) => (count > 0 && !certificate.selfIssued ? count - 1 : count)
  return {
    level: mapped(state, certificate),
    explicit: Math.min(step(state.explicit), requireExplicitPolicy ?? Number.POSITIVE_INFINITY),
    mapping: Math.min(step(state.mapping), inhibitPolicyMapping ?? Number.POSITIVE_INFINITY),
    any: Math.min(step(state.any), inhibitAnyPolicy ?? Number.POSITIVE_INFINITY),
  }
}

// 6.1.4(b)
function mapped({ level, mapping }: State, { extensions }: Certificate): Level {
  if (!extensions.policyMappings) return level
  const targets = Map.groupBy(extensions.policyMappings, ({ issuer }) => issuer)
  const next = new Map(level)
  for (const [issuer, pairs] of targets) {
    if (mapping === 0) next.delete(issuer)
    else if (level.has(issuer) || level.has(anyPolicy)) next.set(issuer, new Set(pairs.map(({ subject }) => subject)))
  }
  return next
}

// 6.1.5(a)-(b)
function wrapUp(state: State, { extensions }: Certificate): State {
  const explicit = extensions.requireExplicitPolicy === 0 ? 0 : Math.max(0, state.explicit - 1)
  return { ...state, explicit }
}
