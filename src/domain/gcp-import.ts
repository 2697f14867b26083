import { GcpFileError, type GcpFileFault } from '../formats/gcps/gcp-format.ts'
import {
  type ReadGcp,
  type ReadGcpFile,
  type ReadGcpOptions,
  readGcpFile,
  scaled,
} from '../formats/gcps/index.ts'
import { type GcpRecord, insertGcps, type NewGcp, replaceGcps, type ScanPoints } from '../store/gcps.ts'
import type { UserPrincipal } from '../store/principal.ts'
import type { Context } from './context.ts'
import { ValidationError } from './errors.ts'
import { checkGcp, readScanPoints, requireScans } from './gcps.ts'
import { tellGcps } from './live.ts'

/** Of a file of control points. */
export const GCP_FILE_MAX_BYTES = 1024 * 1024

export interface AddedGcps {
  /** The new points, in the order they came in. */
  created: GcpRecord[]
  /** The points that had to go for them. */
  removed: GcpRecord[]
}

export interface ImportedGcps extends AddedGcps, Pick<ReadGcpFile, 'format' | 'scaledFrom'> {
  /** Points the file has. */
  read: number
  /** Those of them the file says are not used: they are left out. */
  disabled: number
}

export type GcpImportOptions = Pick<ReadGcpOptions, 'format' | 'crs'> & {
  /** The points take the place of all that are there; otherwise they come to them. */
  replace: boolean
}

/**
 * Adds the points of a file to a scan, all or none; exact duplicates are left out.
 * @throws GcpFileError
 */
export async function importGcps(
  context: Context,
  principal: UserPrincipal,
  scan: ScanPoints,
  text: string,
  { replace, ...options }: GcpImportOptions,
): Promise<ImportedGcps> {
  const scanId = scan.id
  const file = readGcpFile(text, { ...options, image: imageOf(scan) })
  const used = usedPoints(file)
  const points = checked(used.map((point) => ({ ...point, mapId: point.mapId ?? String(scanId) })))
  const strangers = points
    .map((point, index) => ({ ...point, place: used[index]!.place }))
    .filter((point) => point.scanId !== scanId)
  if (strangers.length > 0)
    throw new GcpFileError(
      strangers.map(({ place, scanId: other }) => ({ place, message: `the point belongs to map ${other}` })),
    )
  return { ...(await put(context, principal, scanId, points, replace)), ...countsOf(file, used) }
}

/**
 * Adds the points of a CSV with a column `mapid` to the scans it names, all or none; exact duplicates are left out, and
 * so are rows that name no scan.
 * @throws NotFoundError (a scan), GcpFileError
 */
export async function importGcpsOfManyScans(
  context: Context,
  principal: UserPrincipal,
  text: string,
): Promise<ImportedGcps> {
  const file = readGcpFile(text, { format: 'csv', image: null })
  const used = usedPoints(file)
  if (used.every(({ mapId }) => mapId === null))
    throw new GcpFileError([{ place: null, message: 'no row names a map; the header needs a column mapid' }])
  const points = checked(used.filter(({ mapId }) => mapId !== null))
  await requireScans(context, principal, [...new Set(points.map((point) => point.scanId))])
  const created = await insertGcps(context.db, principal, points)
  tellGcps(context, principal, 'create', created)
  return { created, removed: [], ...countsOf(file, used) }
}

export interface GcpCopyOptions {
  /** Stretch the points by the ratio of the sizes of the two images, or keep their pixels. */
  scale: boolean
  replace: boolean
}

/**
 * Applies the points of one scan to another.
 * @throws NotFoundError (the scan they are taken from), ValidationError
 */
export async function copyGcps(
  context: Context,
  principal: UserPrincipal,
  to: ScanPoints,
  fromId: number,
  { scale, replace }: GcpCopyOptions,
): Promise<AddedGcps> {
  if (fromId === to.id) throw new ValidationError([{ attribute: 'from', message: 'must be another map' }])
  const from = await readScanPoints(context, principal, fromId)
  if (from.points.length === 0)
    throw new ValidationError([{ attribute: 'from', message: 'has no control points' }])
  const sizes = { from: imageOf(from), to: imageOf(to) }
  if (scale && !(sizes.from && sizes.to))
    throw new ValidationError([
      {
        attribute: 'scale',
        message: 'needs two maps with images; send false to keep the pixels as they are',
      },
    ])
  const points = scale && sizes.from && sizes.to ? scaled(from.points, sizes.from, sizes.to) : from.points
  const copies = points.map(({ x, y, lon, lat, name }) => ({ scanId: to.id, x, y, lon, lat, name }))
  return put(context, principal, to.id, copies, replace)
}

const imageOf = ({ width, height }: ScanPoints) => (width && height ? { width, height } : null)

async function put(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  points: readonly NewGcp[],
  replace: boolean,
): Promise<AddedGcps> {
  const added = replace
    ? await replaceGcps(context.db, principal, scanId, points)
    : { created: await insertGcps(context.db, principal, points), removed: [] }
  tellGcps(context, principal, 'destroy', added.removed)
  tellGcps(context, principal, 'create', added.created)
  return added
}

/** The points of a file that are in use. @throws GcpFileError when there are none */
function usedPoints({ points }: ReadGcpFile): ReadGcp[] {
  const used = points.filter(({ enabled }) => enabled)
  if (used.length === 0)
    throw new GcpFileError([
      {
        place: null,
        message: points.length === 0 ? 'the file has no points' : 'no point of the file is enabled',
      },
    ])
  return used
}

const countsOf = ({ format, scaledFrom, points }: ReadGcpFile, used: readonly ReadGcp[]) => ({
  format,
  scaledFrom,
  read: points.length,
  disabled: points.length - used.length,
})

/** Points that can be stored. @throws GcpFileError naming the place of each that cannot */
function checked(points: readonly ReadGcp[]): NewGcp[] {
  const faults: GcpFileFault[] = []
  const good = points.map(({ place, x, y, lon, lat, name, mapId }) => {
    const { point, issues } = checkGcp({ x, y, lon, lat, map_id: mapId, name }, false)
    faults.push(...issues.map(({ attribute, message }) => ({ place, message: `${attribute} ${message}` })))
    return point as NewGcp
  })
  if (faults.length > 0) throw new GcpFileError(faults)
  return good
}
