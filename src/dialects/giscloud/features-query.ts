import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import {
  ITEM_GEOMETRIES,
  type ItemForm,
  type ItemGeometry,
  type ItemQuery,
} from '../../domain/datasets/feature-items.ts'
import { knownSystem } from '../../domain/datasets/reference-systems.ts'
import { FilterError } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import { codeOfProjString } from '../../geo/crs/proj-string.ts'
import { parseWhere, QueryError } from '../../query/index.ts'
import { InvalidParameterError } from './errors.ts'
import { flag, pageOf } from './listing.ts'
import { toldBy } from './told-names.ts'

const text = (description: string) => z.string().optional().openapi({ description })

/** Parameters of what features are given as. */
export const formParameters = z.object({
  geometry: text(
    `A notation of geometries: ${ITEM_GEOMETRIES.join(', ')}; none unless given. KML is in degrees`,
  ),
  epsg: text("EPSG code of boxes and geometries; of the map's system unless given"),
  proj4: text('The same as a PROJ string, of a system that has an EPSG code'),
})

/** Parameters of which features are meant. */
export const selectionParameters = z.object({
  bounds: text('xmin,ymin,xmax,ymax in the system of epsg or proj4; features are meant that touch it'),
  where: text("A condition of SQL, such as pop > 1000 AND name ILIKE 'a%'"),
  noattrib: text('Leave the values out'),
  order_by: text('attribute[:asc|desc]: a column, __id, __owner, __created or __modified'),
  callback: text('Name of a function; the answer is a script that calls it'),
})

/** The system that `epsg` or `proj4` names; null where neither is given. @throws InvalidParameterError */
function systemOf(c: RequestContext): number | null {
  const epsg = c.req.query('epsg')
  const proj4 = c.req.query('proj4')
  if (epsg) return epsgOf('epsg', epsg)
  if (!proj4) return null
  const code = codeOfProjString(proj4)
  const system = code === null ? null : knownSystem(code)
  if (!system)
    throw new InvalidParameterError('proj4', 'is no system that has an EPSG code here; give epsg instead')
  return system.code
}

/** The EPSG code that a parameter is, of a system that can be computed. @throws InvalidParameterError */
export function epsgOf(parameter: string, text: string): number {
  const system = /^\d{1,6}$/.test(text) ? knownSystem(Number(text)) : null
  if (!system) throw new InvalidParameterError(parameter, 'is no EPSG code that is known')
  return system.code
}

/** How features are asked for. Where no system is named it is that of the map. @throws InvalidParameterError */
export function formOf(c: RequestContext): (mapSrid: number) => ItemForm {
  const srid = systemOf(c)
  const geometry = geometryOf(c)
  const withData = !flag(c, 'noattrib')
  return (mapSrid) => ({ srid: srid ?? mapSrid, geometry, withData })
}

function geometryOf(c: RequestContext): ItemGeometry | null {
  const asked = c.req.query('geometry')?.toLowerCase()
  if (!asked || asked === 'false') return null
  const notation = ITEM_GEOMETRIES.find((known) => known === asked)
  if (!notation) throw new InvalidParameterError('geometry', `must be one of ${ITEM_GEOMETRIES.join(', ')}`)
  return notation
}

/** The features that are asked for. @throws InvalidParameterError, QueryError */
export function queryOf(c: RequestContext): (mapSrid: number) => ItemQuery {
  const { perPage: limit, offset, withTotal } = pageOf(c)
  const form = formOf(c)
  const bounds = boundsOf(c)
  const where = whereOf(c)
  const order = featureOrder(c)
  return (mapSrid) => ({ ...form(mapSrid), bounds, where, order, limit, offset, withTotal })
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** A finite number as it is written. Null for anything else. */
export function numberOf(text: string): number | null {
  const trimmed = text.trim()
  const number = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN
  return Number.isFinite(number) ? number : null
}

const BOUNDS_NAMES = ['xmin', 'ymin', 'xmax', 'ymax']

function boundsOf(c: RequestContext): number[] | undefined {
  const text = c.req.query('bounds')
  if (!text) return undefined
  const parts = text.split(',')
  if (parts.length !== BOUNDS_NAMES.length)
    throw new InvalidParameterError('bounds', `must be ${BOUNDS_NAMES.join(',')}`)
  return parts.map((part, i) => {
    const number = numberOf(part)
    if (number === null)
      throw new InvalidParameterError('bounds', `has a ${BOUNDS_NAMES[i]} that is no number`)
    return number
  })
}

const WHERE = 'where: '

function whereOf(c: RequestContext) {
  const text = c.req.query('where')
  if (text === undefined || text.trim() === '') return undefined
  try {
    return parseWhere(text)
  } catch (error) {
    if (error instanceof QueryError) throw new FilterError(WHERE + error.message, error.position)
    throw error
  }
}

/** `order_by=<column>[:asc|desc]`; a column's name may have colons itself. */
function featureOrder(c: RequestContext): ItemQuery['order'] {
  const text = c.req.query('order_by')
  if (!text) return null
  if (!isStorableText(text)) throw new InvalidParameterError('order_by', 'names no column')
  const direction = /:(asc|desc)$/i.exec(text)
  return {
    name: direction ? text.slice(0, direction.index) : text,
    descending: direction !== null && direction[1]!.toLowerCase() === 'desc',
  }
}

/** Has features read; what is wrong with the request is told by its own parameters. */
export async function asked<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await toldBy({ bbox: 'bounds', crs: 'epsg' }, read)
  } catch (error) {
    if (!(error instanceof FilterError) || error.message.startsWith(WHERE)) throw error
    throw new FilterError(WHERE + error.message, error.position)
  }
}
