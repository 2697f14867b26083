import { temporalColumn } from '../../domain/datasets/feature-selection.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import { collectionIdOf, collectionUrl } from './collection-id.ts'
import { CRS84, crsUris, storageCrs } from './crs.ts'
import { type Link, ogcRel } from './links.ts'

/** A collection as OGC API describes it (17-069r4, 7.14; 18-058r1, 6.3). */
export interface CollectionDocument {
  id: string
  title: string
  description?: string
  keywords?: string[]
  extent?: object
  itemType?: 'feature'
  crs?: string[]
  storageCrs?: string
  itemCount?: number
  created: string
  updated: string
  links: Link[]
}

const JSON_TYPE = 'application/json'

/**
 * @param root as `rootOf` gives it
 * @param self links of the document to itself, where it stands alone
 * @param crs names the systems; a list of collections has those that all share once, and `#/crs` in their place
 */
export function collectionDocument(
  dataset: DatasetRecord,
  root: string,
  self: readonly Link[] = [],
  crs: readonly string[] = crsUris(dataset),
): CollectionDocument {
  const { title, abstract, tags, form, featureCount, createdAt, modifiedAt } = dataset
  const storage = storageCrs(dataset)
  const isVector = form === 'vector'
  return {
    ...{ id: collectionIdOf(dataset), title },
    ...(abstract ? { description: abstract } : {}),
    ...(tags.length > 0 ? { keywords: tags } : {}),
    ...extentMember(dataset),
    ...(isVector ? { itemType: 'feature', itemCount: featureCount } : {}),
    ...(isVector && dataset.geometryType !== null
      ? { crs: [...crs], ...(storage === null ? {} : { storageCrs: storage }) }
      : {}),
    ...{ created: createdAt.toISOString(), updated: modifiedAt.toISOString() },
    links: [...self, ...linksOf(dataset, collectionUrl(root, dataset), root, self.length > 0)],
  }
}

function extentMember(dataset: DatasetRecord): { extent?: object } {
  const spatial = dataset.extent && { spatial: { bbox: [dataset.extent], crs: CRS84.uri } }
  const temporal = temporalColumn(dataset) && { temporal: { interval: [[null, null]] } }
  return spatial || temporal ? { extent: { ...spatial, ...temporal } } : {}
}

function linksOf(dataset: DatasetRecord, url: string, root: string, standsAlone: boolean): Link[] {
  const links: Link[] = standsAlone
    ? [
        { href: `${root}/collections`, rel: 'collection', type: JSON_TYPE, title: 'All collections' },
        { href: root, rel: 'root', type: JSON_TYPE, title: 'Landing page' },
      ]
    : [{ href: url, rel: 'self', type: JSON_TYPE, title: dataset.title }]
  if (dataset.form === 'raster')
    links.push(...rasterLinks(url, root, dataset.id), tileJsonLink(dataset, root))
  if (dataset.form === 'vector') links.push(...vectorLinks(url))
  if (dataset.form === 'vector' && dataset.geometryType !== null)
    links.push(
      { href: `${url}/tiles`, rel: ogcRel('tilesets-vector'), type: JSON_TYPE, title: 'Vector tiles' },
      tileJsonLink(dataset, root),
    )
  return links
}

function rasterLinks(url: string, root: string, id: number): Link[] {
  const { origin } = new URL(root)
  return [
    { href: `${url}/map/tiles`, rel: ogcRel('tilesets-map'), type: JSON_TYPE, title: 'Map tiles' },
    {
      ...{ href: `${origin}/tiles/${id}.tif`, rel: 'enclosure', type: 'image/tiff; application=geotiff' },
      title: 'The file as it was uploaded',
    },
  ]
}

const tileJsonLink = ({ id }: DatasetRecord, root: string): Link => ({
  href: `${new URL(root).origin}/tiles/${id}.json`,
  ...{ rel: 'tiles', type: JSON_TYPE, title: 'TileJSON' },
})

function vectorLinks(url: string): Link[] {
  const schema = 'application/schema+json'
  return [
    { href: `${url}/items`, rel: 'items', type: 'application/geo+json', title: 'Features as GeoJSON' },
    { href: `${url}/items?f=html`, rel: 'items', type: 'text/html', title: 'Features as pages' },
    { href: `${url}/schema`, rel: ogcRel('schema'), type: schema, title: 'What a feature has' },
    { href: `${url}/schema`, rel: 'describedby', type: schema, title: 'What a feature has' },
    { href: `${url}/queryables`, rel: ogcRel('queryables'), type: schema, title: 'What filters may name' },
    {
      href: `${url}/sortables`,
      rel: ogcRel('sortables'),
      type: schema,
      title: 'What features are sorted by',
    },
  ]
}
