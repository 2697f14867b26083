import type { LayerInput } from '../../domain/maps/layer-changes.ts'
import { LAYER_TYPES } from '../../domain/maps/map-input.ts'
import type { LayerSource, LayerType } from '../../store/map-types.ts'
import { boxMember } from './box-members.ts'
import { jsonObject } from './json-members.ts'
import { keptMembers } from './kept-members.ts'
import {
  integerMember,
  invalid,
  type Members,
  numberMember,
  textMember,
  truthMember,
} from './request-form.ts'
import { parseStyles } from './styles.ts'
import { epsgMember } from './systems.ts'

const INTEGER_MAX = 2 ** 31 - 1
const SCALE_MAX = 1e12

/** Members that are columns of a layer, or that nobody but the platform says. */
const KNOWN = [
  ...[
    'id',
    'name',
    'owner',
    'type',
    'mid',
    'map_id',
    'source',
    'datasource_id',
    'resource_id',
    'epsg',
    'onscale',
  ],
  ...[
    'offscale',
    'label',
    'created',
    'modified',
    'x_min',
    'x_max',
    'y_min',
    'y_max',
    'textfield',
    'styles',
    'alpha',
  ],
  ...[
    'visible',
    'lock',
    'exportable',
    'parent',
    'tooltip',
    'order',
    'raster',
    'options',
    'columns',
    'datasource',
  ],
  'api_key',
]
/** Members that are truths, and written as such. */
const TRUTHS = ['hidegeometry', 'use_info_window', 'opened', 'merged']

/** What a body says of a layer; members that are not known are kept among its attributes. @throws ValidationError */
export function layerInput(members: Members): LayerInput {
  const { srid, sent } = epsgMember(members)
  const kept = {
    ...keptMembers(members, KNOWN),
    ...truths(members),
    ...(srid === undefined ? {} : { epsg: null, ...sent }),
  }
  return {
    name: nameMember(members),
    mapId: mapMember(members),
    type: typeMember(members),
    source: sourceMember(members),
    datasourceId: referenceMember(members, 'datasource_id'),
    parentId: referenceMember(members, 'parent'),
    position: integerMember(members, 'order', -INTEGER_MAX, INTEGER_MAX),
    rules: stylesMember(members),
    alpha: alphaMember(members),
    srid,
    fromScale: scaleMember(members, 'onscale'),
    toScale: scaleMember(members, 'offscale'),
    bounds: boundsMember(members),
    isVisible: truthMember(members, 'visible'),
    isLocked: truthMember(members, 'lock'),
    isExportable: truthMember(members, 'exportable'),
    labelProperty: nullableText(members, 'textfield'),
    label: nullableText(members, 'label'),
    tooltip: nullableText(members, 'tooltip'),
    attributes: Object.keys(kept).length > 0 ? kept : undefined,
  }
}

/** The map a layer is put into: `mid`, or as its document says it. @throws ValidationError */
export const mapMember = (members: Members): number | undefined =>
  integerMember(members, 'mid', 1, INTEGER_MAX) ?? integerMember(members, 'map_id', 1, INTEGER_MAX)

function nameMember(members: Members): string | undefined {
  if (!Object.hasOwn(members, 'name')) return undefined
  const name = textMember(members, 'name', 500)?.trim()
  if (!name) throw invalid('name', 'must be given')
  return name
}

function truths(members: Members): Members {
  const written = TRUTHS.flatMap((name) => {
    const truth = truthMember(members, name)
    return truth === undefined ? [] : [[name, truth ? 't' : 'f'] as const]
  })
  return Object.fromEntries(written)
}

const nullableText = (members: Members, name: string): string | null | undefined =>
  members[name] === null ? null : textMember(members, name)

/** A type of layer; none for what clients call only data. */
function typeMember(members: Members): LayerType | undefined {
  const text = textMember(members, 'type', 100)?.trim().toLowerCase()
  if (!text) return undefined
  const type = LAYER_TYPES.find((known) => known === text)
  if (!type) throw invalid('type', `must be one of ${LAYER_TYPES.join(', ')}`)
  return type
}

/** `source`, as the JSON text that the API gives it as, or as the object. */
function sourceMember(members: Members): LayerSource | undefined {
  const { source } = members
  if (source === undefined || source === null || source === '') return undefined
  return jsonObject('source', source) as LayerSource
}

function stylesMember(members: Members) {
  const { styles } = members
  if (styles === undefined) return undefined
  return styles === null || styles === '' ? null : parseStyles(styles)
}

/** The number of something; null, 0 or nothing for none. */
function referenceMember(members: Members, name: string): number | null | undefined {
  if (!Object.hasOwn(members, name)) return undefined
  return integerMember(members, name, 0, INTEGER_MAX) || null
}

/** Per cent of opacity, which some clients compute. */
function alphaMember(members: Members): number | undefined {
  const alpha = numberMember(members, 'alpha')
  if (alpha === undefined) return undefined
  if (alpha < 0 || alpha > 100) throw invalid('alpha', 'must be a number from 0 to 100')
  return Math.round(alpha)
}

function scaleMember(members: Members, name: string): number | null | undefined {
  if (!Object.hasOwn(members, name)) return undefined
  const scale = numberMember(members, name)
  if (scale === undefined) return null
  if (scale < 0 || scale > SCALE_MAX) throw invalid(name, `must be a number from 0 to ${SCALE_MAX}`)
  return scale
}

/** All four of them, or none. */
function boundsMember(members: Members): number[] | null | undefined {
  const names = ['x_min', 'y_min', 'x_max', 'y_max']
  const sent = names.filter((name) => Object.hasOwn(members, name))
  if (sent.length === 0) return undefined
  const corners = names.map((name) => members[name])
  if (corners.every((corner) => corner === undefined || corner === null || corner === '')) return null
  return boxMember(names.join(', '), corners)
}
