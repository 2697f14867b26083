/** What addresses of a configuration are relative to. */
export interface Base {
  /** Of the page. */
  page: string
  /** Origin of the platform, which what begins with a slash is of. */
  platform: string
}

/**
 * An address in full: of the platform where it begins with a slash, else relative to the page. Braces of templates stay.
 * @throws Error for one that is none, or is not of the web
 */
export function fullAddress(address: string, { page, platform }: Base): string {
  const isOfPlatform = address.startsWith('/') && !address.startsWith('//')
  const base = isOfPlatform ? platform : page
  if (address === '' || !URL.canParse(address, base)) throw new Error(`“${address}” is no address`)
  const { protocol, href } = new URL(address, base)
  if (protocol !== 'https:' && protocol !== 'http:') throw new Error(`“${address}” is no address of the web`)
  return href.replace(/%7B/gi, '{').replace(/%7D/gi, '}')
}
