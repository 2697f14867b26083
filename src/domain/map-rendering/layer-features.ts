import { decodeTwkb } from '../../formats/twkb.ts'
import { parseWhere, QueryError, queryErrorOf } from '../../query/index.ts'
import { INTERNAL_ERROR, postgresError } from '../../store/database.ts'
import type { DatasetColumn } from '../../store/dataset-types.ts'
import type { DatasetSchema } from '../../store/datasets.ts'
import { type PictureRow, type PictureRule, readPictureRows } from '../../store/feature-pictures.ts'
import type { LayerRecord } from '../../store/layers.ts'
import type { LabelRule, LayerRule } from '../../store/map-types.ts'
import type { Principal } from '../../store/principal.ts'
import { compiled } from '../datasets/feature-selection.ts'
import { withSchema } from '../datasets/known-schemas.ts'
import { FilterError, NotFoundError } from '../errors.ts'
import { DEFAULT_RULE } from '../maps/default-rules.ts'
import { through } from '../maps/layers.ts'
import { isRuleOfZoom } from '../maps/rule-zooms.ts'
import { type DrawnGeometry, drawnGeometry } from './drawn-geometry.ts'
import { boxWith, degreesOf, type Frame } from './frame.ts'
import type { Shortfalls } from './partial.ts'
import type { PictureTools } from './picture-tools.ts'

/** Features of a layer, and points of all features of a picture; of more, those of the smallest are left out. */
export const FEATURES_PER_LAYER_MAX = 20_000
export const PICTURE_VERTICES_MAX = 400_000
/** Text of the shapes as the database sends them: of a picture, of one layer. */
export const PICTURE_ROWS_MAX_BYTES = 12 * 1024 * 1024
export const LAYER_ROWS_MAX_BYTES = 4 * 1024 * 1024
/** How far beyond the picture's edges features are drawn, for their symbols and borders, pixels. */
export const MARGIN_PX = 64

/** A feature as it is drawn. */
export interface DrawnFeature {
  fid: number
  rule: number
  label: string | null
  /** In `PIXEL_PARTS` of pixels. */
  geometry: DrawnGeometry
}

/** The features of a layer in a picture, the greatest first, and its rules by their numbers. */
export interface LayerFeatures {
  features: DrawnFeature[]
  rules: ReadonlyMap<number, LayerRule>
}

/** The rules of a layer that are for a scale, by their numbers. */
export function rulesAt({ rules }: Pick<LayerRecord, 'rules'>, zoom: number): Map<number, LayerRule> {
  const all = rules && rules.length > 0 ? rules : [DEFAULT_RULE]
  return new Map([...all.entries()].filter(([, rule]) => isRuleOfZoom(rule, zoom)))
}

/** How features of a rule are labelled, by the rule or else by the layer. */
export const labelsOf = (
  { labelProperty }: Pick<LayerRecord, 'labelProperty'>,
  { labels }: LayerRule,
): LabelRule | null => labels ?? (labelProperty ? { property: labelProperty } : null)

/**
 * Reads what a vector layer shows in a frame, as the principal may see it through the layer; nothing of what it may not.
 * @param share the part of the picture's budgets that is the layer's, from 0 to 1
 */
export async function readLayerFeatures(
  { context }: Pick<PictureTools, 'context'>,
  principal: Principal,
  layer: LayerRecord,
  frame: Frame,
  share: number,
  shortfalls: Shortfalls,
): Promise<LayerFeatures> {
  const rules = rulesAt(layer, frame.zoom)
  const none: LayerFeatures = { features: [], rules }
  if (layer.data?.kind !== 'dataset') return none
  const { id } = layer.data
  const asked = through(principal, layer.id)
  try {
    let isOfAllRules = true
    const { result } = await withSchema(context, asked, id, async (schema) => {
      const told = pictureRules(schema, layer, rules)
      isOfAllRules = told.isWhole
      return readPictureRows(context.db, asked, id, schema, {
        srid: frame.system.code,
        box: boxWith(frame, MARGIN_PX),
        degrees: degreesOf(frame, MARGIN_PX),
        origin: [frame.box[0], frame.box[3]],
        pixelsPerUnit: 1 / frame.unitsPerPixel,
        rules: told.rules,
        maxFeatures: FEATURES_PER_LAYER_MAX,
        maxBytes: Math.min(LAYER_ROWS_MAX_BYTES, Math.floor(PICTURE_ROWS_MAX_BYTES * share)),
      })
    })
    if (!isOfAllRules) shortfalls.add(layer.id, 'expression')
    if (result.isPartial) shortfalls.add(layer.id, 'features')
    const visible = result.rows.filter(({ rule }) => rules.get(rule)?.isVisible)
    const { features, isPartial } = decodedWithin(visible, PICTURE_VERTICES_MAX * share)
    if (isPartial) shortfalls.add(layer.id, 'features')
    return { features, rules }
  } catch (error) {
    if (error instanceof NotFoundError) return none
    if (queryErrorOf(error)) shortfalls.add(layer.id, 'expression')
    else if (postgresError(error)?.code === INTERNAL_ERROR) shortfalls.add(layer.id, 'geometry')
    else throw error
    return none
  }
}

/** The rules as the database evaluates them; those that cannot be told of this dataset are left out. */
function pictureRules(
  schema: DatasetSchema,
  layer: LayerRecord,
  rules: ReadonlyMap<number, LayerRule>,
): { rules: PictureRule[]; isWhole: boolean } {
  const told: PictureRule[] = []
  let isWhole = true
  for (const [index, rule] of rules) {
    const labels = rule.isVisible ? labelsOf(layer, rule) : null
    const label = labels && columnOf(schema, labels.property)
    try {
      const isForAll = rule.expression.trim() === ''
      const filter = isForAll ? null : compiled(schema, parseWhere(rule.expression))
      told.push({ index, filter, label })
      // No feature comes to those after it.
      if (isForAll) break
    } catch (error) {
      if (!(error instanceof QueryError || error instanceof FilterError)) throw error
      isWhole = false
    }
  }
  return { rules: told, isWhole }
}

/** A column by its name, in whatever case that is written. */
function columnOf({ columns }: DatasetSchema, name: string): DatasetColumn | null {
  const lower = name.toLowerCase()
  const found =
    columns.find((column) => column.name === name) ??
    columns.find((column) => column.name.toLowerCase() === lower)
  return found && found.type !== 'binary' ? found : null
}

function decodedWithin(
  rows: readonly PictureRow[],
  maxVertices: number,
): { features: DrawnFeature[]; isPartial: boolean } {
  const features: DrawnFeature[] = []
  let vertices = 0
  for (const { shape, ...row } of rows) {
    const geometry = drawnGeometry(decodeTwkb(shape))
    if (vertices + geometry.vertices > maxVertices) return { features, isPartial: true }
    vertices += geometry.vertices
    features.push({ ...row, geometry })
  }
  return { features, isPartial: false }
}
