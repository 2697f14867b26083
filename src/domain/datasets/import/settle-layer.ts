import type { FeatureField } from '../../../formats/feature-rows.ts'
import {
  dimensionsOf,
  type GeometryTypeName,
  looksGeographic,
  narrowestType,
} from '../../../geo/geometry-census.ts'
import type { Dimensions } from '../../../store/dataset-types.ts'
import type { Context } from '../../context.ts'
import { QuestionError } from '../../errors.ts'
import type { LayerPlan } from './layer-plan.ts'
import type { LayerSurvey } from './layer-reader.ts'
import { codeOfName, matchSystem } from './layer-system.ts'
import type { ImportSettings } from './start-import.ts'

/** What the dataset of a layer is to be. Plain JSON. */
export interface SettledLayer {
  geometryType: GeometryTypeName | null
  dimensions: Dimensions
  srid: number
  /** As the file has them. */
  fields: FeatureField[]
  /** The same as the dataset has them. */
  columns: FeatureField[]
  warnings: string[]
}

const WGS_84 = 4326

/**
 * What becomes of a layer that has been read through: the narrowest types that hold everything, and its reference system.
 * @throws QuestionError for `crs` where the system is neither given nor told
 */
export async function settleLayer(
  context: Context,
  plan: LayerPlan,
  survey: LayerSurvey,
  fields: FeatureField[],
  settings: ImportSettings,
): Promise<SettledLayer> {
  const geometryType = narrowestType(survey.geometry, plan.geometryType)
  const { code, warnings } =
    geometryType === null ? { code: WGS_84, warnings: [] } : await systemOf(context, plan, survey, settings)
  return {
    geometryType,
    dimensions: geometryType === null ? 'XY' : dimensionsOf(survey.geometry, plan.keepsZ),
    srid: code,
    fields,
    columns: columnsOf(fields),
    warnings,
  }
}

const NAME_MAX_CHARACTERS = 200

/** Names that can be stored, each once. */
function columnsOf(fields: readonly FeatureField[]): FeatureField[] {
  const names = new Set<string>()
  return fields.map((field) => {
    const wanted = nameOf(field.name) || 'column'
    let name = wanted
    for (let n = 2; names.has(name); n++) name = `${wanted}_${n}`
    names.add(name)
    return { ...field, name, title: field.title ? nameOf(field.title) : null }
  })
}

const nameOf = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, NAME_MAX_CHARACTERS)

interface FoundSystem {
  code: number
  warnings: string[]
}

async function systemOf(
  context: Context,
  plan: LayerPlan,
  survey: LayerSurvey,
  settings: ImportSettings,
): Promise<FoundSystem> {
  if (plan.isGeographic) return { code: WGS_84, warnings: [] }
  if (settings.crs !== undefined) return given(plan, settings.crs)
  const told = [...new Set([...(plan.system ? [plan.system] : []), ...survey.systems])]
  const [system] = told
  if (told.length > 1 && plan.format === 'csv')
    throw question(plan, 'its geometries are in several reference systems')
  if (system !== undefined) {
    const { code, candidates, warning } = await matchSystem(context, system)
    if (code !== null) return { code, warnings: warning ? [warning] : [] }
    throw question(plan, `its reference system ${shown(system)} is not known`, candidates)
  }
  if (!looksGeographic(survey.geometry))
    throw question(plan, 'it does not tell the reference system of its coordinates')
  const warnings =
    plan.format === 'geojson' || survey.geometry.types === 0
      ? []
      : ['it does not tell its reference system; the coordinates were taken for degrees of WGS 84']
  return { code: WGS_84, warnings }
}

function given(plan: LayerPlan, name: string): FoundSystem {
  const code = codeOfName(name)
  if (code === null)
    throw question(plan, `the reference system ${JSON.stringify(name.slice(0, 60))} is not known`)
  return { code, warnings: [] }
}

const shown = (system: string): string => {
  const name = /^\s*\w+\s*[[(]\s*"([^"]*)"/.exec(system)?.[1] ?? system
  return JSON.stringify(name.slice(0, 60))
}

const question = (plan: LayerPlan, why: string, candidates: readonly number[] = []): QuestionError =>
  new QuestionError({
    input: 'crs',
    message: `The layer ${JSON.stringify(plan.name.slice(0, 60))} cannot be placed: ${why}. Which one is it (EPSG:n)?`,
    ...(candidates.length > 0 ? { choices: candidates.map((code) => `EPSG:${code}`) } : {}),
  })
