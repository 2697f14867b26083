import { WmsError, type WmsVersion } from './service-exception.ts'

/** Parameters of a request, their names in lower case; of one that is given twice, the first. */
export type WmsParameters = ReadonlyMap<string, string>

/** Values are shown in messages up to this length. */
const SHOWN_MAX = 60

export function wmsParameters({ searchParams }: URL): WmsParameters {
  const parameters = new Map<string, string>()
  for (const [name, value] of searchParams) {
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, value.trim())
  }
  return parameters
}

/** A value as a message quotes it. */
export const shown = (value: string): string =>
  JSON.stringify(value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}...` : value)

/** @throws WmsError where it is missing or empty */
export function required(parameters: WmsParameters, name: string): string {
  const value = parameters.get(name)
  if (!value)
    throw new WmsError('MissingParameterValue', name, `the parameter ${name.toUpperCase()} is missing`)
  return value
}

/**
 * The version to answer in: of those spoken here the highest that is not above the one asked for, the lowest where
 * there is none (OGC 06-042, 6.2.4). Without one, descriptions are in 1.3.0; other operations in the version whose
 * reference system parameter is there.
 */
export function negotiatedVersion(parameters: WmsParameters): WmsVersion {
  const asked = parameters.get('version') || parameters.get('wmtver')
  const match = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?$/.exec(asked ?? '')
  if (!match) {
    const isDescription = parameters.get('request')?.toLowerCase() === 'getcapabilities'
    return isDescription || (parameters.has('crs') && !parameters.has('srs')) ? '1.3.0' : '1.1.1'
  }
  const [major, minor] = [Number(match[1]), Number(match[2])]
  return major > 1 || (major === 1 && minor >= 3) ? '1.3.0' : '1.1.1'
}
