import {
  deleteLayer,
  findFolder,
  type LayerChange as StoredChange,
  updateLayer,
} from '../../store/layer-changes.ts'
import { insertLayer, type LayerAttributes, type LayerRecord } from '../../store/layers.ts'
import type { LayerRule, LayerSource, LayerType } from '../../store/map-types.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, UnauthenticatedError, ValidationError } from '../errors.ts'
import { checkJson, isSameJson } from '../storable-json.ts'
import { fileVersionOf, type SettledSource, settleSource } from './layer-sources.ts'
import { readLayer, refused, requireLayerRight } from './layers.ts'
import { ATTRIBUTES_MAX_CHARACTERS, checkName, checkTexts } from './map-input.ts'
import { laidOver, readMap, requireMapRight } from './maps.ts'

/** What a source says, as JSON. */
const SOURCE_MAX_CHARACTERS = 16_384

/** Among a layer's attributes: the content of the file it has been made of. */
const FILE_NOTE = '$file'

const noteOf = ({ fileVersion }: SettledSource) => ({ [FILE_NOTE]: fileVersion ?? null })

/** What is said of a layer; what is `undefined` stays as it is. Members of `attributes` are laid over those there are. */
export interface LayerInput extends Omit<LayerAttributes, 'dataId' | 'type' | 'source'> {
  mapId?: number | undefined
  type?: LayerType | undefined
  source?: LayerSource | undefined
  /** A datasource by its number; null for none. */
  datasourceId?: number | null | undefined
}

/**
 * Makes a layer in a map (right `edit` on it) of what the principal sees.
 * @returns its number
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError, JobFailedError
 */
export async function createLayer(
  context: Context,
  principal: Principal,
  { mapId, datasourceId, type, source, ...attributes }: LayerInput & { mapId: number; name: string },
): Promise<number> {
  if (principal.kind === 'anonymous') throw new UnauthenticatedError()
  requireMapRight(principal, await readMap(context, principal, mapId), 'edit')
  checkInput({ ...attributes, source })
  await requireFolder(context, principal, mapId, attributes.parentId, null)
  const settled = await settleSource(context, principal, { type, source, datasourceId })
  const id = await insertLayer(context.db, principal, mapId, {
    ...attributes,
    ...{ type: settled.type, source: settled.source, dataId: settled.data?.id ?? null },
    attributes: laidOver(attributes.attributes ?? {}, noteOf(settled)),
  })
  if (id === null) throw new ForbiddenError()
  return id
}

/** How a layer looks, which the right `style` lets one change. */
const LOOKS = ['rules', 'alpha', 'label', 'labelProperty', 'tooltip']

/**
 * Changes a layer: how it looks by the right `style` or `edit`, the rest by `edit`. What passes data on to others, another
 * source or another map, is up to its owner, or to who may share the data, or the layer; whether it may be exported, to its
 * owner.
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError, JobFailedError
 */
export async function changeLayer(
  context: Context,
  principal: Principal,
  id: number,
  { mapId: wantedMap, datasourceId, type, source, ...attributes }: LayerInput,
): Promise<void> {
  const layer = await readLayer(context, principal, id)
  const isLook = Object.entries({ ...attributes, wantedMap, datasourceId, type, source }).every(
    ([name, value]) => value === undefined || LOOKS.includes(name),
  )
  const verbs = isLook ? (['style', 'edit'] as const) : (['edit'] as const)
  if (!verbs.some((verb) => layer.rights[verb])) throw refused(principal)
  checkInput({ ...attributes, source })
  const mapId = wantedMap === layer.mapId ? undefined : wantedMap
  if (mapId !== undefined) await requireMovable(context, principal, layer, mapId)
  if (attributes.isExportable === true && !layer.isExportable) requireLayerRight(principal, layer, 'own')
  if (!isOwner(principal, layer)) requireShownPictures(layer.rules ?? [], attributes.rules ?? [])
  await requireFolder(context, principal, mapId ?? layer.mapId, attributes.parentId, id)
  const settled = await changedSource(context, principal, layer, { type, source, datasourceId })
  const kept = { ...attributes.attributes, ...(settled ? noteOf(settled) : {}) }
  const change: StoredChange = {
    ...attributes,
    ...(mapId === undefined ? {} : { mapId, parentId: attributes.parentId ?? null }),
    ...(settled ? { type: settled.type, source: settled.source, dataId: settled.data?.id ?? null } : {}),
    attributes: Object.keys(kept).length > 0 ? laidOver(layer.attributes, kept) : undefined,
  }
  checkInput(change)
  if (!(await updateLayer(context.db, principal, id, verbs, change))) throw refused(principal)
}

/** Deletes a layer, not what it shows: whose it is, or whoever may edit its map. @throws NotFoundError, ForbiddenError, UnauthenticatedError */
export async function removeLayer(context: Context, principal: Principal, id: number): Promise<void> {
  if (await deleteLayer(context.db, principal, id)) return
  await readLayer(context, principal, id)
  throw refused(principal)
}

const isOwner = (principal: Principal, { ownerId }: LayerRecord): boolean =>
  principal.kind === 'system' || (principal.kind === 'user' && principal.id === ownerId)

const ELSEWHERE = /^https?:\/\//i

/** The pictures in the storage of a layer's owner that rules name. */
const storedPictures = (rules: readonly LayerRule[]): string[] =>
  rules
    .flatMap(({ icon, hatch }) => [icon, hatch])
    .filter((picture) => picture !== undefined && !ELSEWHERE.test(picture)) as string[]

/** @throws ForbiddenError where rules name files of the owner's storage that the layer has not shown before */
function requireShownPictures(before: readonly LayerRule[], rules: readonly LayerRule[]): void {
  const shown = storedPictures(before)
  const other = storedPictures(rules).find((picture) => !shown.includes(picture))
  if (other !== undefined)
    throw new ForbiddenError(
      `${JSON.stringify(other.slice(0, 100))} would be a file of the layer's owner, which the owner alone may show`,
    )
}

/** In another map others see what the layer shows. */
async function requireMovable(
  context: Context,
  principal: Principal,
  layer: LayerRecord,
  mapId: number,
): Promise<void> {
  requireLayerRight(principal, layer, 'edit')
  if (!isOwner(principal, layer)) requireLayerRight(principal, layer, 'share')
  requireMapRight(principal, await readMap(context, principal, layer.mapId), 'edit')
  requireMapRight(principal, await readMap(context, principal, mapId), 'edit')
}

/** What a layer shows from now on; null where that stays. */
async function changedSource(
  context: Context,
  principal: Principal,
  layer: LayerRecord,
  { type, source, datasourceId }: Pick<LayerInput, 'type' | 'source' | 'datasourceId'>,
): Promise<SettledSource | null> {
  const held = layer.data?.kind === 'datasource' ? layer.data.id : null
  const isSame =
    (source === undefined || isSameJson(source, layer.source)) &&
    (datasourceId === undefined || datasourceId === held) &&
    (type === undefined || type === layer.type)
  if (isSame && !(await isFileRenewed(context, principal, layer, source))) return null
  const settled = await settleSource(context, principal, {
    type: type ?? (source === undefined ? layer.type : undefined),
    source: source ?? layer.source,
    datasourceId: datasourceId === undefined ? held : datasourceId,
  })
  const isOther = settled.data !== null && settled.data.id !== layer.data?.id
  if (isOther && !isOwner(principal, layer) && !settled.data!.mayShare) throw refused(principal)
  return settled
}

/** Whether another file has been stored in the place of the one that a source, which is said again, has been made of. */
async function isFileRenewed(
  context: Context,
  principal: Principal,
  layer: LayerRecord,
  source: LayerSource | undefined,
): Promise<boolean> {
  if (source === undefined || !isOwner(principal, layer)) return false
  const version = await fileVersionOf(context, principal, source)
  return version !== null && version !== layer.attributes[FILE_NOTE]
}

/** @throws ValidationError where a layer is to lie in what is no folder of its map, or in itself */
async function requireFolder(
  context: Context,
  principal: Principal,
  mapId: number,
  parentId: number | null | undefined,
  layerId: number | null,
): Promise<void> {
  if (!parentId) return
  const folder = await findFolder(context.db, principal, mapId, parentId, layerId)
  const refusal = (message: string) => new ValidationError([{ attribute: 'parent', message }])
  if (!folder?.isFolder) throw refusal(`must be a folder of map ${mapId}, which ${parentId} is not`)
  if (folder.isWithin) throw refusal('is the layer itself, or lies in it')
}

function checkInput({ name, source, attributes, rules: _checked, ...texts }: LayerInput): void {
  if (name !== undefined) checkName(name)
  checkTexts(texts)
  if (source !== undefined) checkJson('source', source, SOURCE_MAX_CHARACTERS)
  if (attributes !== undefined) checkJson('body', attributes, ATTRIBUTES_MAX_CHARACTERS)
}
