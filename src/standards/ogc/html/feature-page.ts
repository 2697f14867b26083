import { html } from 'hono/html'
import type { FeatureDocument } from '../../../domain/datasets/features.ts'
import { addressWith } from '../links.ts'
import type { OgcContext } from '../resource.ts'
import { page } from './page.ts'
import { cellOf, collectionTrail, definitions } from './parts.ts'

interface Feature {
  geometry: { type: string } | null
  properties: Record<string, unknown> | null
}

/** A feature with its map. */
export function featurePage(
  c: OgcContext,
  { dataset, fid, feature: text, createdAt, modifiedAt }: FeatureDocument,
): Promise<Response> {
  const { geometry, properties } = JSON.parse(text) as Feature
  const trail = collectionTrail(c, dataset)
  return page(c, {
    title: `Feature ${fid}`,
    trail: [...trail, { href: `${trail.at(-1)!.href}/items`, text: 'Features' }],
    map: geometry
      ? {
          bounds: null,
          features: addressWith(c.req.raw, { f: 'json', crs: null }),
          label: `Map of feature ${fid} of ${dataset.title}`,
        }
      : null,
    body: html`${definitions([
      ...dataset.columns.map(({ name }) => [name, cellOf(properties?.[name])] as const),
      ['Geometry', geometry?.type ?? 'none'],
      ['Made', createdAt.toISOString()],
      ['Changed', modifiedAt.toISOString()],
    ])}`,
  })
}
