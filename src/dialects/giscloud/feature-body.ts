import { z } from '@hono/zod-openapi'
import type { FeatureInput } from '../../domain/datasets/feature-changes.ts'
import { invalid, type Members } from './request-form.ts'

/** Of a body with a feature: a geometry of some hundred thousand positions. */
export const FEATURE_MAX_BYTES = 8 * 1024 * 1024

export const newFeatureSchema = z
  .object({
    data: z.record(z.string(), z.any()).optional().openapi({ description: 'Values by the names of columns' }),
    geometry: z.string().nullable().optional().openapi({ example: 'POINT(15 45)' }),
  })
  .openapi('NewLayerFeature')

/** A feature as it is sent: `{"data": {...}, "geometry": "POINT(15 45)"}`. @throws ValidationError */
export function featureInput({ data, geometry }: Members): FeatureInput {
  if (data !== undefined && (typeof data !== 'object' || Array.isArray(data)))
    throw invalid('data', 'must be an object of values by the names of columns')
  const isGeometry =
    typeof geometry === 'string' || (typeof geometry === 'object' && !Array.isArray(geometry))
  if (geometry !== undefined && !isGeometry) throw invalid('geometry', 'must be well-known text')
  return {
    ...(data === undefined ? {} : { properties: data }),
    ...(geometry === undefined ? {} : { geometry }),
  }
}

/** What a feature that is sent has, under the names that this API has for it. */
export const FEATURE_MEMBERS = { properties: 'data', crs: 'geometry' }
