/**
 * Where a webhook may be. Whoever may write enrollments chooses its URL, so it is no way to what only this machine can
 * reach (SECURITY.md). Judged is the address that is connected to, not the name: a name can be pointed elsewhere.
 */
import { type LookupAddress, type LookupAllOptions, lookup as lookUp } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

export interface WebhookPlaces {
  /** Absent: any host. Names as in a URL, without a port. */
  readonly hosts?: readonly string[]
  /** The service itself listens to nobody else, so who may write enrollments sits at this machine. */
  readonly onLoopback: boolean
}

const local = new BlockList()
local.addSubnet('127.0.0.0', 8)
local.addAddress('::1', 'ipv6')

const never = new BlockList()
// link-local, where the clouds have their instance metadata; "this host"; multicast (RFC 6890, RFC 4291)
for (const [net, prefix] of [
  ['169.254.0.0', 16],
  ['0.0.0.0', 8],
  ['224.0.0.0', 3],
] as const)
  never.addSubnet(net, prefix)
for (const [net, prefix] of [
  ['fe80::', 10],
  ['ff00::', 8],
  ['::', 128],
  // link-local through NAT64 and 6to4 (RFC 6052, RFC 3056)
  ['64:ff9b::a9fe:0', 112],
  ['2002:a9fe::', 32],
] as const)
  never.addSubnet(net, prefix, 'ipv6')
// metadata outside of it: Azure, Alibaba, Oracle; AWS, Google
for (const address of ['168.63.129.16', '100.100.100.200', '192.0.0.192']) never.addAddress(address)
for (const address of ['fd00:ec2::254', 'fd20:ce::254']) never.addAddress(address, 'ipv6')

const isIn = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1')

/** Why it may not be asked; undefined where it may, as far as its text tells. */
export function judgeUrl(url: URL, places: WebhookPlaces): string | undefined {
  const { hosts } = places
  if (hosts && !hosts.includes(url.hostname)) return `"${url.hostname}" is none of --webhook-hosts`
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'its URL is neither https nor http'
  return isIP(hostOf(url)) ? judgeAddress(hostOf(url), url, places) : undefined
}

/** Plain http is for this machine only: the answer decides where devices go. */
export function judgeAddress(address: string, url: URL, { hosts, onLoopback }: WebhookPlaces): string | undefined {
  const isLocal = isIn(local, address)
  if (isIn(never, address)) return `its address ${address} is link-local, or another that no webhook has`
  if (url.protocol === 'http:' && !isLocal) return 'it is not on this machine, so its URL must be https'
  if (isLocal && !onLoopback && !hosts)
    return `its address ${address} is of this machine, and the service is open to others: allow it by --webhook-hosts ${url.hostname}`
}

/** Looks the name up as Node does, and gives no address that may not be asked. */
export function guardedLookup(url: URL, places: WebhookPlaces): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupAllOptions = { ...options, all: true }
    lookUp(hostname, all, (error, addresses) => {
      if (error) return callback(error, [])
      const why = addresses.map(({ address }) => judgeAddress(address, url, places)).find((one) => one !== undefined)
      if (why !== undefined) return callback(new ForbiddenAddress(why), [])
      give(addresses, options.all === true, callback)
    })
  }
}

function give(addresses: readonly LookupAddress[], all: boolean, callback: Parameters<LookupFunction>[2]): void {
  const [first] = addresses
  if (all || !first) callback(null, [...addresses])
  else callback(null, first.address, first.family)
}

export class ForbiddenAddress extends Error {}
