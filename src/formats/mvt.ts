import { PbfWriter } from 'pbf'
import { geometryCommands } from '../geo/mvt/commands.ts'
import type { TileGeometry } from '../geo/mvt/tile-geometry.ts'
import { TILE_EXTENT } from '../geo/mvt/tile-grid.ts'

/** How values of a property are written: integers of either sign, doubles, booleans, texts. */
export type MvtValueKind = 'integer' | 'double' | 'boolean' | 'text'

export interface MvtField {
  name: string
  kind: MvtValueKind
}

export interface MvtFeature {
  /** Left out of the tile unless it is a whole number that a double holds exactly. */
  id: number | null
  geometry: TileGeometry
  /** One value a field of the layer, as text: decimal notation, `true` or `false`. Null and what is no number is left out. */
  values: readonly (string | null)[]
}

export interface MvtLayer {
  name: string
  fields: readonly MvtField[]
  features: readonly MvtFeature[]
}

/** Field numbers of the messages (vector tile specification 2.1, annex). */
const TILE = { layer: 3 } as const
const LAYER = { name: 1, feature: 2, key: 3, value: 4, extent: 5, version: 15 } as const
const FEATURE = { id: 1, tags: 2, type: 3, geometry: 4 } as const
const VALUE = { text: 1, double: 3, unsigned: 5, signed: 6, boolean: 7 } as const

const VERSION = 2

/** A tile of one layer in the form of Mapbox' vector tile specification 2.1, not compressed; no bytes without features. */
export function encodeMvt(layer: MvtLayer): Uint8Array {
  if (layer.features.length === 0) return new Uint8Array()
  const tile = new PbfWriter()
  tile.writeMessage(TILE.layer, writeLayer, layer)
  return tile.finish()
}

function writeLayer({ name, fields, features }: MvtLayer, pbf: PbfWriter): void {
  const tags = new TagTable(fields)
  pbf.writeVarintField(LAYER.version, VERSION)
  writeText(LAYER.name, name, pbf)
  for (const { id, geometry, values } of features) {
    const feature = { id, type: geometry.type, tags: tags.of(values), geometry: geometryCommands(geometry) }
    pbf.writeMessage(LAYER.feature, writeFeature, feature)
  }
  for (const key of tags.keys) writeText(LAYER.key, key, pbf)
  for (const value of tags.values) pbf.writeMessage(LAYER.value, writeValue, value)
  pbf.writeVarintField(LAYER.extent, TILE_EXTENT)
}

interface WrittenFeature {
  id: number | null
  type: number
  tags: number[]
  geometry: number[]
}

function writeFeature({ id, type, tags, geometry }: WrittenFeature, pbf: PbfWriter): void {
  if (id !== null && Number.isSafeInteger(id) && id >= 0) pbf.writeVarintField(FEATURE.id, id)
  if (tags.length > 0) pbf.writePackedVarint(FEATURE.tags, tags)
  pbf.writeVarintField(FEATURE.type, type)
  pbf.writePackedVarint(FEATURE.geometry, geometry)
}

const utf8 = new TextEncoder()

/** The writer's own texts are wrong from U+20000 on. */
const writeText = (field: number, text: string, pbf: PbfWriter): void =>
  pbf.writeBytesField(field, utf8.encode(text))

interface WrittenValue {
  kind: MvtValueKind
  text: string
}

/** Names and values of a layer, each of them once, in the order of their first use. */
class TagTable {
  readonly keys: string[] = []
  readonly values: WrittenValue[] = []
  readonly #keyIndex: (number | undefined)[] = []
  readonly #fields: readonly MvtField[]
  readonly #valueIndex: Record<MvtValueKind, Map<string, number>> = {
    integer: new Map(),
    double: new Map(),
    boolean: new Map(),
    text: new Map(),
  }

  constructor(fields: readonly MvtField[]) {
    this.#fields = fields
  }

  /** Pairs of key and value, by their places in the tables. */
  of(values: readonly (string | null)[]): number[] {
    const tags: number[] = []
    for (let i = 0; i < this.#fields.length; i++) {
      const text = values[i] ?? null
      const value = text === null ? null : this.#value(text, this.#fields[i]!.kind)
      if (value !== null) tags.push(this.#key(i), value)
    }
    return tags
  }

  #key(field: number): number {
    this.#keyIndex[field] ??= this.keys.push(this.#fields[field]!.name) - 1
    return this.#keyIndex[field]
  }

  #value(text: string, kind: MvtValueKind): number | null {
    const known = this.#valueIndex[kind].get(text)
    if (known !== undefined) return known
    if (!isValue(text, kind)) return null
    const index = this.values.push({ kind, text }) - 1
    this.#valueIndex[kind].set(text, index)
    return index
  }
}

function isValue(text: string, kind: MvtValueKind): boolean {
  if (kind === 'integer') return /^-?\d+$/.test(text)
  return kind !== 'double' || Number.isFinite(Number(text))
}

function writeValue({ kind, text }: WrittenValue, pbf: PbfWriter): void {
  if (kind === 'integer') writeInteger(text, pbf)
  else if (kind === 'double') pbf.writeDoubleField(VALUE.double, Number(text))
  else if (kind === 'boolean') pbf.writeBooleanField(VALUE.boolean, text === 'true')
  else writeText(VALUE.text, text, pbf)
}

/** An integer of 64 bits, of which doubles hold only 53. */
function writeInteger(text: string, pbf: PbfWriter): void {
  const value = Number(text)
  const field = text.startsWith('-') ? VALUE.signed : VALUE.unsigned
  if (Math.abs(value) < 2 ** 52) {
    if (field === VALUE.signed) pbf.writeSVarintField(field, value)
    else pbf.writeVarintField(field, value)
    return
  }
  const exact = BigInt(text)
  let rest = exact < 0n ? -2n * exact - 1n : exact
  pbf.writeTag(field, 0)
  pbf.realloc(10)
  for (; rest > 127n; rest >>= 7n) pbf.buf[pbf.pos++] = Number(rest & 127n) | 128
  pbf.buf[pbf.pos++] = Number(rest)
}
