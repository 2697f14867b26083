import { lookUpSource } from '../../domain/render/tile-source.ts'
import { preflight, refusal } from './answers.ts'
import { EXPORTS } from './export-endpoints.ts'
import { tileEndpoint } from './tile-endpoint.ts'
import type { TileRequest } from './tile-request.ts'
import { tilejsonEndpoint } from './tilejson-endpoint.ts'

export type { TileRequest } from './tile-request.ts'

const OF_MAP = /^\/maps\/(?:tile\/(\d{1,9})\/(tilejson)\.json|(\d{1,9})\/export\.([a-z_]+))$/

/** Whether a path is the tiles Worker's: in production its routes send it there, locally the api Worker does. */
export const isTilePath = (pathname: string): boolean =>
  pathname.startsWith('/maps/tile/') || /^\/maps\/\d+\/export\.[a-z_]+$/.test(pathname)

/** Answers everything under `/maps/tile/` and the exports of a rectified map. */
export async function answerTiles(call: TileRequest): Promise<Response> {
  const { request, url } = call
  if (request.method === 'OPTIONS') return preflight()
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refusal(405, 'Method not allowed', `${request.method} is not answered here`, {
      allow: 'GET, HEAD, OPTIONS',
    })
  const match = OF_MAP.exec(url.pathname)
  if (!match) return tileEndpoint(call)
  const scanId = Number(match[1] ?? match[3])
  const exportName = match[4]
  if (exportName !== undefined && !Object.hasOwn(EXPORTS, exportName))
    return refusal(404, 'Not found', `there is no export ${exportName}`)
  const source = await lookUpSource(call.db, call.principal, { scanId, version: null })
  if (!source)
    return refusal(404, 'Not found', `Couldn't find Map with 'id'=${scanId}, or it has not been rectified`)
  return exportName === undefined ? tilejsonEndpoint(call, source) : EXPORTS[exportName]!(call, source)
}
