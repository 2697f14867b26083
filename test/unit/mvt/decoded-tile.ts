import { PbfReader } from 'pbf'

export interface RawFeature {
  id: number | null
  type: number
  tags: number[]
  geometry: number[]
}

/** A layer as it is written, read without regard to what it means. */
export interface RawLayer {
  version: number
  name: string
  extent: number
  keys: string[]
  /** The value messages: field number and what it says. */
  values: { field: number; value: unknown }[]
  features: RawFeature[]
}

export function rawLayers(tile: Uint8Array): RawLayer[] {
  return new PbfReader(tile).readFields<RawLayer[]>((field, layers, pbf) => {
    if (field !== 3) throw new Error(`a tile has no field ${field}`)
    layers.push(pbf.readMessage(readLayer, emptyLayer()))
  }, [])
}

const emptyLayer = (): RawLayer => ({
  version: 1,
  name: '',
  extent: 4096,
  keys: [],
  values: [],
  features: [],
})

function readLayer(field: number, layer: RawLayer, pbf: PbfReader): void {
  if (field === 1) layer.name = pbf.readString()
  else if (field === 2)
    layer.features.push(pbf.readMessage(readFeature, { id: null, type: 0, tags: [], geometry: [] }))
  else if (field === 3) layer.keys.push(pbf.readString())
  else if (field === 4) layer.values.push(readValue(pbf))
  else if (field === 5) layer.extent = pbf.readVarint()
  else if (field === 15) layer.version = pbf.readVarint()
  else throw new Error(`a layer has no field ${field}`)
}

function readFeature(field: number, feature: RawFeature, pbf: PbfReader): void {
  if (field === 1) feature.id = pbf.readVarint()
  else if (field === 2) pbf.readPackedVarint(feature.tags)
  else if (field === 3) feature.type = pbf.readVarint()
  else if (field === 4) pbf.readPackedVarint(feature.geometry)
  else throw new Error(`a feature has no field ${field}`)
}

function readValue(pbf: PbfReader): RawLayer['values'][number] {
  const bytes = pbf.readBytes()
  const field = bytes[0]! >> 3
  const rest = new PbfReader(bytes.subarray(1))
  if (field === 1) return { field, value: rest.readString() }
  if (field === 3) return { field, value: rest.readDouble() }
  if (field === 5) return { field, value: varint(bytes) }
  if (field === 6) return { field, value: unzigzag(varint(bytes)) }
  if (field === 7) return { field, value: rest.readBoolean() }
  throw new Error(`a value has no field ${field}`)
}

/** The number after the first byte, whatever its size. */
function varint(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = 1; i < bytes.length; i++) value |= BigInt(bytes[i]! & 127) << BigInt(7 * (i - 1))
  return value
}

const unzigzag = (value: bigint): bigint => (value & 1n ? -(value + 1n) / 2n : value / 2n)
