import type { ControlPoint } from '../geo/control-point.ts'
import { affineErrors } from '../geo/residuals.ts'
import {
  deleteGcp,
  findGcp,
  findScanPoints,
  type GcpListing,
  type GcpRecord,
  gcpsOfScan,
  insertGcps,
  listGcps,
  type NewGcp,
  type ScanPoints,
  updateGcp,
} from '../store/gcps.ts'
import type { Principal, UserPrincipal } from '../store/principal.ts'
import { visibleScanIds } from '../store/scans.ts'
import type { Context } from './context.ts'
import { type Issue, NotFoundError, ValidationError } from './errors.ts'
import { tellGcps } from './live.ts'
import { isStorableText } from './storable-text.ts'

export { isGcpSortKey } from '../store/gcps.ts'

export const LAT_MAX_DEGREES = 90
export const LON_MAX_DEGREES = 360

/** A ground control point as it came: anything may be missing or of the wrong type. */
export type GcpInput = Partial<Record<'map_id' | 'x' | 'y' | 'lat' | 'lon' | 'name', unknown>>

const decimal = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*$/i

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === ''

/** A finite number given as a number or as decimal text, else null. */
function finite(value: unknown): number | null {
  if (typeof value === 'string' && decimal.test(value)) return finite(Number(value))
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function checkNumber(
  input: GcpInput,
  attribute: 'x' | 'y' | 'lat' | 'lon',
  limit: number,
  issues: Issue[],
): number {
  const value = finite(input[attribute])
  if (value === null) {
    issues.push({ attribute, message: 'is not a number' })
    const given = input[attribute]
    if (isBlank(given)) issues.push({ attribute, message: "can't be blank" })
  } else if (value > limit) issues.push({ attribute, message: `must be less than or equal to ${limit}` })
  else if (value < -limit) issues.push({ attribute, message: `must be greater than or equal to ${-limit}` })
  return value ?? Number.NaN
}

const DECIMAL_MAX_CHARACTERS = 40

/** Decimal text of a coordinate, as given where it was plain text of a length that is no attack. */
function decimalText(given: unknown, value: number): string {
  const text = typeof given === 'string' ? given.trim() : ''
  return /^[-+]?[\d.]+$/.test(text) && text.length <= DECIMAL_MAX_CHARACTERS ? text : String(value)
}

const PIXEL_LIMIT = 1e7
const NAME_MAX_CHARACTERS = 255

/** Checks a point; `partial` lets attributes be absent. Returns what was given, and every fault. */
export function checkGcp(input: GcpInput, partial: boolean): { point: Partial<NewGcp>; issues: Issue[] } {
  const issues: Issue[] = []
  const point: Partial<NewGcp> = {}
  const wanted = (attribute: keyof GcpInput) => !partial || input[attribute] !== undefined
  if (wanted('x')) point.x = checkNumber(input, 'x', PIXEL_LIMIT, issues)
  if (wanted('y')) point.y = checkNumber(input, 'y', PIXEL_LIMIT, issues)
  if (wanted('lat')) point.lat = decimalText(input.lat, checkNumber(input, 'lat', LAT_MAX_DEGREES, issues))
  if (wanted('lon')) point.lon = decimalText(input.lon, checkNumber(input, 'lon', LON_MAX_DEGREES, issues))
  if (wanted('map_id')) {
    const id = finite(input.map_id)
    if (isBlank(input.map_id)) issues.push({ attribute: 'map_id', message: "can't be blank" })
    else if (id === null || !Number.isSafeInteger(id))
      issues.push({ attribute: 'map_id', message: 'is not a number' })
    else point.scanId = id
  }
  if (typeof input.name === 'string') {
    if (isStorableText(input.name)) point.name = input.name.slice(0, NAME_MAX_CHARACTERS).toWellFormed()
    else issues.push({ attribute: 'name', message: 'contains characters that cannot be stored' })
  }
  return { point, issues }
}

/** The largest id a 32-bit column holds; beyond it nothing can exist. */
const ID_MAX = 2 ** 31 - 1

const isStorableId = (id: number): boolean => id > 0 && id <= ID_MAX

/** @throws NotFoundError for the first scan that is not there to be seen */
export async function requireScans(context: Context, principal: Principal, ids: number[]): Promise<void> {
  const visible = await visibleScanIds(context.db, principal, ids.filter(isStorableId))
  for (const id of ids) if (!visible.has(id)) throw new NotFoundError('Map', id)
}

export async function readGcp(context: Context, principal: Principal, id: number): Promise<GcpRecord> {
  const gcp = await findGcp(context.db, principal, id)
  if (!gcp) throw new NotFoundError('Gcp', id)
  return gcp
}

/** A page of control points; of one scan, which must be visible, where the listing names it. */
export async function listControlPoints(
  context: Context,
  principal: Principal,
  listing: GcpListing,
): Promise<{ records: GcpRecord[]; total: number }> {
  if (listing.scanId !== undefined) await requireScans(context, principal, [listing.scanId])
  return listGcps(context.db, principal, listing)
}

export interface ScanGcps extends ScanPoints {
  /** Affine residual of each point, image pixels, in the order of `points`. */
  errors: number[]
  /** Root mean square of `errors`, image pixels. */
  mapError: number
}

/** The points of one scan with their documented errors. */
export async function readScanGcps(
  context: Context,
  principal: Principal,
  scanId: number,
): Promise<ScanGcps> {
  const scan = await readScanPoints(context, principal, scanId)
  const { errors, rms: mapError } = affineErrors(scan.points.map(controlPointOf))
  return { ...scan, errors, mapError }
}

/** The points of one scan and the size of its image. @throws NotFoundError */
export async function readScanPoints(
  context: Context,
  principal: Principal,
  scanId: number,
): Promise<ScanPoints> {
  const found = isStorableId(scanId) ? await findScanPoints(context.db, principal, scanId) : null
  if (!found) throw new NotFoundError('Map', scanId)
  return found
}

/** A stored point as fits take it. */
export const controlPointOf = ({ x, y, lon, lat }: GcpRecord): ControlPoint => ({
  x,
  y,
  lon: Number(lon),
  lat: Number(lat),
})

/** Adds one point. @throws ValidationError, NotFoundError (its scan) */
export async function createGcp(
  context: Context,
  principal: UserPrincipal,
  input: GcpInput,
): Promise<GcpRecord> {
  const { point, issues } = checkGcp(input, false)
  if (issues.length > 0) throw new ValidationError(issues)
  const gcp = point as NewGcp
  await requireScans(context, principal, [gcp.scanId])
  const [created] = await insertGcps(context.db, principal, [gcp])
  if (created) {
    tellGcps(context, principal, 'create', [created])
    return created
  }
  const points = await gcpsOfScan(context.db, principal, gcp.scanId)
  const same = points.find(
    (old) =>
      old.x === gcp.x && old.y === gcp.y && sameDegrees(old.lat, gcp.lat) && sameDegrees(old.lon, gcp.lon),
  )
  if (!same) throw new NotFoundError('Map', gcp.scanId)
  return same
}

const sameDegrees = (a: string, b: string) => Math.abs(Number(a) - Number(b)) < 1e-10

/**
 * Adds many points to one or more scans, all or none; exact duplicates are left out, and so are points without a scan.
 * @returns the new points only
 * @throws ValidationError (attributes are `gcps/<index>/<name>`), NotFoundError (a scan)
 */
export async function createGcps(
  context: Context,
  principal: UserPrincipal,
  inputs: readonly GcpInput[],
): Promise<GcpRecord[]> {
  const points: NewGcp[] = []
  const issues: Issue[] = []
  for (const [index, input] of inputs.entries()) {
    if (isBlank(input.map_id)) continue
    const checked = checkGcp(input, false)
    for (const { attribute, message } of checked.issues)
      issues.push({ attribute: `gcps/${index}/${attribute}`, message })
    points.push(checked.point as NewGcp)
  }
  if (issues.length > 0) throw new ValidationError(issues)
  await requireScans(context, principal, [...new Set(points.map((point) => point.scanId))])
  const created = await insertGcps(context.db, principal, points)
  tellGcps(context, principal, 'create', created)
  return created
}

/** Changes what is given of a point. @throws NotFoundError, ValidationError */
export async function changeGcp(
  context: Context,
  principal: UserPrincipal,
  id: number,
  input: GcpInput,
): Promise<GcpRecord> {
  const current = await readGcp(context, principal, id)
  const { point, issues } = checkGcp(input, true)
  if (issues.length > 0) throw new ValidationError(issues)
  if (point.scanId !== undefined) await requireScans(context, principal, [point.scanId])
  await updateGcp(context.db, principal, current, point)
  const changed = await readGcp(context, principal, id)
  if (changed.scanId === current.scanId) tellGcps(context, principal, 'update', [changed])
  else {
    tellGcps(context, principal, 'destroy', [current])
    tellGcps(context, principal, 'create', [changed])
  }
  return changed
}

export async function removeGcp(context: Context, principal: UserPrincipal, id: number): Promise<GcpRecord> {
  const current = await readGcp(context, principal, id)
  await deleteGcp(context.db, principal, current)
  tellGcps(context, principal, 'destroy', [current])
  return current
}
