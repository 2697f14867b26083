import { boundsOfLayer, type LayerRecord, type ListedLayer } from '../../domain/maps/layers.ts'
import type { DatasetColumn } from '../../store/dataset-types.ts'
import type { LayerSource } from '../../store/map-types.ts'
import { shownAttributes } from './kept-members.ts'
import { optionDocuments } from './options.ts'
import { permissionDocuments } from './permission-serialize.ts'
import { textOf, tf, unixSeconds } from './scalars.ts'
import { printStyles } from './styles.ts'
import { printEpsg } from './systems.ts'

/** What may be expanded in the document of a layer. */
export const LAYER_EXPANSIONS = ['form', 'options', 'columns', 'datasource'] as const

/** Members that are kept as they are sent, and what they are where they are not. */
const KEPT = {
  ...{ encoding: null, margin: null, opened: null, label_placement: null, hidegeometry: 'f' },
  ...{
    geometry_offset: null,
    use_info_window: 'f',
    grp: null,
    merged: null,
    layerclass: null,
    layerid: null,
  },
  ...{ ds_map_id: null, dynamic_mode: null, geometry_precision: null },
}

/** The names of those. */
export const KEPT_OF_LAYERS = Object.keys(KEPT)

/** A layer as the API gives it. */
export function layerDocument(layer: LayerRecord & Partial<ListedLayer>, expand: ReadonlySet<string>) {
  const { attributes, data } = layer
  const { form, ...others } = shownAttributes(attributes)
  const { srid, box } = boundsOfLayer(layer)
  const kept = Object.fromEntries(
    Object.entries(KEPT).map(([name, otherwise]) => [name, attributes[name] ?? otherwise]),
  )
  return {
    ...others,
    id: String(layer.id),
    name: layer.name,
    owner: textOf(layer.ownerId),
    type: layer.type,
    map_id: String(layer.mapId),
    source: printSource(layer.source),
    datasource_id: data?.kind === 'datasource' ? String(data.id) : null,
    resource_id: String(layer.id),
    epsg: printEpsg(srid, attributes),
    onscale: textOf(layer.fromScale),
    offscale: textOf(layer.toScale),
    label: layer.label,
    created: unixSeconds(layer.createdAt),
    modified: unixSeconds(layer.modifiedAt),
    x_min: textOf(box?.[0]),
    x_max: textOf(box?.[2]),
    y_min: textOf(box?.[1]),
    y_max: textOf(box?.[3]),
    textfield: layer.labelProperty,
    styles: printStyles(layer.rules),
    alpha: String(layer.alpha),
    visible: tf(layer.isVisible),
    lock: tf(layer.isLocked),
    exportable: tf(layer.isExportable),
    parent: textOf(layer.parentId),
    tooltip: layer.tooltip,
    ...kept,
    order: String(layer.position),
    raster: tf(layer.type === 'raster'),
    ...(expand.has('form') ? { form: form ?? null } : {}),
    ...(layer.options ? { options: optionDocuments(layer.options) } : {}),
    ...(layer.columns ? { columns: columnMembers(layer.columns) } : {}),
    ...(expand.has('datasource') ? { datasource: datasourceDocument(layer.datasource ?? null) } : {}),
  }
}

/** The source as JSON, what it is first. */
const printSource = ({ type, src, ...others }: LayerSource): string =>
  JSON.stringify({ type, src, ...others })

/** Columns by their names, as `expand=columns` has them. */
const columnMembers = (columns: readonly DatasetColumn[]) =>
  Object.fromEntries(
    columns.map(({ name, type, title }, i) => [
      name,
      { id: String(i + 1), datatype: type, alias: title, order: String(i + 1), column: name, enabled: 't' },
    ]),
  )

function datasourceDocument(datasource: ListedLayer['datasource']) {
  if (!datasource) return null
  return {
    resource_id: String(datasource.id),
    type: datasource.type === null ? datasource.kind : String(datasource.type),
    owner_id: textOf(datasource.ownerId),
    permissions: permissionDocuments(datasource, datasource.shares),
  }
}
