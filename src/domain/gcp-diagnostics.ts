import type { ControlPoint } from '../geo/control-point.ts'
import { UnknownCrsError } from '../geo/crs/unknown-crs-error.ts'
import { FitError } from '../geo/fit-error.ts'
import { foldingOf, type PixelArea } from '../geo/fold-over.ts'
import { LEAVE_ONE_OUT_POINTS_MAX, leaveOneOutErrors } from '../geo/leave-one-out.ts'
import { turnedIntoWorld } from '../geo/longitude.ts'
import { OUTLIER_ERRORS_MIN, outliersOf } from '../geo/outliers.ts'
import { type ImageSize, type PointWarning, pointWarnings } from '../geo/point-warnings.ts'
import { fitIn } from '../geo/projected-fit.ts'
import { type Residual, transformResiduals } from '../geo/residuals.ts'
import {
  type FittedTransform,
  type ResolvedMethod,
  requiredPoints,
  resolveMethod,
  type TransformMethod,
} from '../geo/transform.ts'
import type { ScanPoints } from '../store/gcps.ts'
import { UnknownReferenceSystemError } from './errors.ts'
import { controlPointOf } from './gcps.ts'

/** Nobody places a point better than this. */
const CLICK_PIXELS = 1

export interface GcpDiagnostics {
  /** What was fitted: `auto` stands for p1 or p2. */
  method: ResolvedMethod
  /** In the order of the points; null where nothing could be fitted. */
  residuals: (GcpResidual | null)[]
  rmsPixels: number | null
  rmsMetres: number | null
  /** Ids of the points whose leave-one-out errors stand out, the worst first. */
  outliers: number[]
  /** Points by their ids. */
  warnings: PointWarning[]
}

export interface GcpResidual extends Residual {
  /** Image pixels between the point and where the fit of all others puts it; null where there is none. */
  leaveOneOut: number | null
}

/**
 * How well a transform fits the points of a scan, and what is wrong with them. A fit that cannot be made is a warning
 * with no residuals.
 * @param srs name of the reference system of the fit; degrees unless given
 * @throws UnknownReferenceSystemError
 */
export function diagnoseGcps(scan: ScanPoints, transform: TransformMethod, srs?: string): GcpDiagnostics {
  const { width, height } = scan
  const image = width && height ? { width, height } : null
  const points = turnedIntoWorld(scan.points.map(controlPointOf))
  const method = resolveMethod(transform, points.length)
  const found = pointWarnings(points, image)
  const ids = (indices: readonly number[]) => indices.map((index) => scan.points[index]!.id)
  const byId = (warnings: PointWarning[]) =>
    warnings.map((warning) => ({ ...warning, points: ids(warning.points) }))

  const fitted = fitOrReason(points, method, srs)
  if (fitted instanceof FitError) {
    const refused = { code: fitted.code, detail: fitted.message, points: [] }
    const residuals = points.map(() => null)
    const warnings = byId([refused, ...found])
    return { method, residuals, rmsPixels: null, rmsMetres: null, outliers: [], warnings }
  }
  const { residuals, rmsPixels, rmsMetres } = transformResiduals(points, fitted)
  const leftOut = leaveOneOutErrors(points, fitted)
  return {
    method,
    residuals: residuals.map((residual, i) => finite({ ...residual, leaveOneOut: leftOut?.[i] ?? null })),
    rmsPixels: finiteOrNull(rmsPixels),
    rmsMetres: finiteOrNull(rmsMetres),
    outliers: ids(outliersOf(leftOut ?? [], CLICK_PIXELS)),
    warnings: byId([
      ...found,
      ...folding(fitted, areaOf(points, image)),
      ...judgement(method, points.length, leftOut !== null),
    ]),
  }
}

function fitOrReason(
  points: readonly ControlPoint[],
  method: ResolvedMethod,
  srs: string | undefined,
): FittedTransform | FitError {
  try {
    return fitIn(srs, points, method)
  } catch (error) {
    if (error instanceof FitError) return error
    if (error instanceof UnknownCrsError) throw new UnknownReferenceSystemError(error.message)
    throw error
  }
}

/** The image, or, where there is none, what the points lie in. */
function areaOf(points: readonly { x: number; y: number }[], image: ImageSize | null): PixelArea {
  if (image) return [0, 0, image.width, image.height]
  const area: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y } of points) {
    area[0] = Math.min(area[0], x)
    area[1] = Math.min(area[1], y)
    area[2] = Math.max(area[2], x)
    area[3] = Math.max(area[3], y)
  }
  return area
}

function folding(fitted: FittedTransform, area: PixelArea): PointWarning[] {
  const { share, mirrored } = foldingOf(fitted, area)
  const warnings: PointWarning[] = []
  if (mirrored)
    warnings.push({
      code: 'mirrored',
      detail: 'the fit shows the image as in a mirror; two points may be swapped',
      points: [],
    })
  if (share > 0)
    warnings.push({
      code: 'fold-over',
      detail:
        `the fit folds over itself in ${Math.max(1, Math.round(share * 100))} % of the image; correct a misplaced ` +
        'point, add points there, or use a method that bends less',
      points: [],
    })
  return warnings
}

/** What the numbers cannot tell. */
function judgement(method: ResolvedMethod, count: number, leftOut: boolean): PointWarning[] {
  if (count === requiredPoints(method))
    return [
      {
        code: 'exact-fit',
        detail: `${count} points always fit exactly, however they are misplaced; add points to have them judged`,
        points: [],
      },
    ]
  if (!leftOut)
    return [
      {
        code: 'leave-one-out-not-computed',
        detail: `leave-one-out errors are computed for up to ${LEAVE_ONE_OUT_POINTS_MAX[method]} points with this method`,
        points: [],
      },
    ]
  return count < OUTLIER_ERRORS_MIN
    ? [
        {
          code: 'too-few-to-judge',
          detail: `outliers are looked for among ${OUTLIER_ERRORS_MIN} points and more`,
          points: [],
        },
      ]
    : []
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

const finite = (residual: GcpResidual): GcpResidual | null =>
  Number.isFinite(residual.pixels) && Number.isFinite(residual.metres) ? residual : null
