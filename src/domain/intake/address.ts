import ipaddr from 'ipaddr.js'

/** Global unicast as IANA has assigned it; whatever IPv6 lies outside is special, mapped and NAT64 included. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Names that never lead to the public internet: RFC 6761, 6762 (with appendix G), 7686, 8375, 9476. */
const PRIVATE_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'onion',
  'alt',
  'test',
  'invalid',
  'example',
]

/**
 * Whether a host, as `URL.hostname` gives it (so that decimal, octal, hexadecimal, percent-encoded and full-width
 * spellings of an address are resolved already), may be a machine on the public internet: an address of a global
 * unicast range, or a name with at least two labels that is not reserved for private use.
 *
 * A public name may still resolve to a private address; see `safeFetch`.
 */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.+$/, '')
  if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1))
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return ipaddr.IPv4.parse(host).range() === 'unicast'
  if (!host.includes('.')) return false
  return !PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
}

function isPublicIpv6(text: string): boolean {
  if (!ipaddr.IPv6.isValid(text)) return false
  const address = ipaddr.IPv6.parse(text)
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast'
}
