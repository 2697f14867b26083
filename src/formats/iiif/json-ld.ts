/** JSON-LD as IIIF documents are written: any member may be absent, one value, or a list of values. */

export type Node = Record<string, unknown>

export const asNode = (value: unknown): Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value, or values, as a list. */
export function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** The objects of a list. */
export const nodesOf = (value: unknown): Node[] => asList(value).filter(isNode)

/** The texts of a list. */
export const textsOf = (value: unknown): string[] =>
  asList(value).filter((item): item is string => typeof item === 'string')

/** A node's own name: `id`, or `@id` until version 2. */
export const idOf = (node: Node): string | null => textsOf(node.id ?? node['@id'])[0] ?? null

/** A node's kinds, without a prefix: `sc:Manifest` counts as `Manifest`. */
export const kindsOf = (node: Node): string[] =>
  textsOf(node.type ?? node['@type']).map((kind) => kind.replace(/^.*:/, ''))

/** Addresses of a node's contexts. */
export const contextsOf = (node: Node): string[] => textsOf(node['@context'])

/** A whole number from 1 on; null for anything else. Digits as text are taken for the number they are. */
export function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number < 1e9 ? number : null
}
