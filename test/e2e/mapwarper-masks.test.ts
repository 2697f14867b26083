import { beforeAll, describe, expect, it } from 'vitest'
import type { RasterCodecs } from '../../src/formats/codecs.ts'
import { gmlMask } from '../../src/formats/gml-mask-writer.ts'
import { testCodecs } from '../unit/ingest/tools.ts'
import {
  baseUrl,
  call,
  newMap,
  newUser,
  notFound,
  notSignedIn,
  pngImage,
  statusAfter,
  type TestUser,
} from './mapwarper-client.ts'
import { pinCorners, placeInTile, rectified, tileBytes, uploadFile } from './rectified-map.ts'

const UNKNOWN = 2147483647
const SIDE = 256
/** The tile that the image fills, pixel on pixel. */
const TILE = [8, 133, 89] as const

let user: TestUser
let other: TestUser
let codecs: RasterCodecs
beforeAll(async () => {
  ;[user, other, codecs] = await Promise.all([newUser(), newUser(), testCodecs()])
})

/** GML of a box in pixels, given with y down. */
function boxGml(left: number, top: number, right: number, bottom: number): string {
  const [upper, lower] = [SIDE - top, SIDE - bottom]
  const ring = [
    [left, upper],
    [right, upper],
    [right, lower],
    [left, lower],
    [left, upper],
  ] as const
  return gmlMask([[ring]])
}

const BOX = boxGml(64.5, 32, 192, 160)

async function uploaded(): Promise<number> {
  const { id } = await uploadFile(user, 'a.png', pngImage(SIDE, SIDE))
  expect(await statusAfter(id, 'loading')).toBe('available')
  return id
}

async function pinnedMap(): Promise<number> {
  const id = await uploaded()
  await pinCorners(user, id, [SIDE, SIDE], placeInTile(...TILE))
  return id
}

type More = { body?: NonNullable<RequestInit['body']>; json?: unknown; as?: Record<string, string> }
const act = (method: string, id: number | string, action: string, more: More = {}) =>
  call(`/api/v1/maps/${id}/${action}`, { method, as: user.basic, ...more })
const form = (output: string, more: Record<string, string> = {}) => new URLSearchParams({ output, ...more })
const save = (id: number, output: string) => act('POST', id, 'mask', { body: form(output) })
const attributesOf = ({ json }: { json: { data: { attributes: Record<string, unknown> } } }) =>
  json.data.attributes
const maskOf = (answer: { json: { data: { attributes: Record<string, unknown> } } }) => {
  const { mask_status, mask_stale } = attributesOf(answer)
  return [mask_status, mask_stale]
}
const maskError = (detail: unknown) => ({ errors: [{ title: 'Mask error', detail }] })

/** Opacity of a tile's pixels along its middle row or column. */
async function alphas(id: number, tile: string): Promise<{ row: number[]; column: number[] }> {
  const { data, width } = await codecs.decode('webp', await tileBytes(id, `${tile}.webp`))
  const at = (x: number, y: number) => data[(y * width + x) * 4 + 3]!
  const places = Array.from({ length: width }, (_, i) => i)
  const middle = (96 / SIDE) * width
  return { row: places.map((x) => at(x, middle)), column: places.map((y) => at(middle, y)) }
}

/** Size of the map's PNG, as its header has it. */
async function exportedSize(id: number): Promise<[number, number]> {
  const bytes = Buffer.from(await (await fetch(`${baseUrl}/maps/${id}/export.png`)).arrayBuffer())
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

describe('a mask', () => {
  it('is kept as it was sent, waits to be applied, and then cuts what is rectified, to parts of a pixel', async () => {
    const id = await pinnedMap()
    const whole = attributesOf(await rectified(user, id)).bbox as string
    const [wholeWidth, wholeHeight] = await exportedSize(id)
    const before = await call(`/api/v1/activity/maps/${id}`, { as: user.basic })

    const saved = await save(id, BOX)
    expect([saved.status, maskOf(saved)]).toEqual([200, ['unmasked', false]])
    const { mask } = saved.json.data.links
    expect(mask).toBe(`${baseUrl}/mapimages/${id}.gml.ol`)
    const sent = await call(mask)
    expect([sent.status, sent.text]).toEqual([200, BOX])
    expect(sent.headers.get('content-type')).toBe('application/gml+xml; charset=utf-8')
    expect(sent.headers.get('content-security-policy')).toContain('sandbox')
    expect((await call(`/mapimages/${id}.gml`)).text).toContain('64.5,32 192,32 192,160 64.5,160 64.5,32')
    expect(attributesOf(await rectified(user, id, 'use_mask=true')).bbox).toBe(whole)

    const cropped = await act('PATCH', id, 'crop')
    expect([cropped.status, maskOf(cropped)]).toEqual([200, ['masked', false]])
    expect(attributesOf(cropped).bbox).toBe(whole)
    const masked = await rectified(user, id, 'use_mask=true')
    const edges = (text: unknown) => String(text).split(',').map(Number)
    const [west, south, east, north] = edges(whole)
    const [maskWest, maskSouth, maskEast, maskNorth] = edges(attributesOf(masked).bbox)
    const pixel = (east! - west!) / SIDE
    for (const [found, pixels] of [
      [maskWest! - west!, 64],
      [maskEast! - west!, 192],
    ] as const)
      expect(Math.abs(found / pixel - pixels)).toBeLessThanOrEqual(1)
    expect(maskNorth).toBeLessThan(north!)
    expect(maskSouth).toBeGreaterThan(south!)

    const { row, column } = await alphas(id, TILE.join('/'))
    expect(row.slice(0, 64)).toEqual(Array(64).fill(0))
    expect(Math.abs(row[64]! - 128)).toBeLessThan(8)
    expect(row.slice(65, 192)).toEqual(Array(127).fill(255))
    expect(row.slice(192)).toEqual(Array(64).fill(0))
    expect(column.filter((alpha) => alpha === 255).length).toBeGreaterThan(124)
    expect(column.filter((alpha) => alpha > 0).length).toBeLessThan(131)
    // These are drawn live: of twice the size, and of a zoom that the archive does not have.
    expect((await alphas(id, `${TILE.join('/')}@2x`)).row.indexOf(255)).toBe(129)
    expect((await alphas(id, '9/266/178')).row.indexOf(255)).toBe(129)
    const [width, height] = await exportedSize(id)
    expect(Math.abs(width - (wholeWidth * 127.5) / SIDE)).toBeLessThanOrEqual(2)
    expect(Math.abs(height - wholeHeight / 2)).toBeLessThanOrEqual(2)

    const after = await call(`/api/v1/activity/maps/${id}`, { as: user.basic })
    expect(after.json.meta.total_entries).toBe(before.json.meta.total_entries + 4)
    expect(attributesOf(masked).updated_at).not.toBe(attributesOf(saved).updated_at)
  })

  it('that is saved anew leaves the crop stale; a deleted one cuts nothing any more', async () => {
    const id = await pinnedMap()
    await save(id, BOX)
    await act('POST', id, 'crop')
    expect(maskOf(await save(id, BOX))).toEqual(['masked', false])
    const stale = await save(id, boxGml(0, 0, 256, 128))
    expect(maskOf(stale)).toEqual(['masked', true])
    await rectified(user, id, 'use_mask=true')
    expect((await alphas(id, TILE.join('/'))).row.indexOf(255)).toBe(65)
    expect(maskOf(await act('PATCH', id, 'crop.json'))).toEqual(['masked', false])
    await rectified(user, id, 'use_mask=true')
    expect((await alphas(id, TILE.join('/'))).row[10]).toBe(255)

    const gone = await act('DELETE', id, 'mask')
    expect([gone.status, maskOf(gone)]).toEqual([200, ['unmasked', false]])
    expect((await call(`/mapimages/${id}.gml.ol`)).json).toEqual(notFound('Mask', id))
    expect((await act('DELETE', id, 'mask')).status).toBe(200)
    await rectified(user, id, 'use_mask=true')
    expect((await alphas(id, TILE.join('/'))).column[200]).toBe(255)
  })

  it('comes back with the rectification that it cut', async () => {
    const id = await pinnedMap()
    const first = await act('PATCH', id, 'mask_crop_rectify', { json: { output: BOX } })
    expect(first.status, first.text).toBe(200)
    expect(await statusAfter(id, 'warping')).toBe('warped')
    const second = await act('POST', id, 'mask_crop_rectify', { body: form(boxGml(0, 0, 256, 128)) })
    expect(second.status, second.text).toBe(200)
    expect(await statusAfter(id, 'warping')).toBe('warped')
    const history = await call(`/api/v1/maps/${id}/rectifications`)
    const [, earlier] = history.json.data
    const reverted = await act('POST', id, `rectifications/${earlier.id}/revert`)
    expect(reverted.status, reverted.text).toBe(200)
    expect(await statusAfter(id, 'warping')).toBe('warped')
    expect((await alphas(id, TILE.join('/'))).row.indexOf(255)).toBe(65)
    expect((await call(`/mapimages/${id}.gml`)).text).toContain('64.5,32')
    expect((await call(`/mapimages/${id}.gml.ol`)).text).toContain('64.5,224')
    expect(maskOf(await call(`/api/v1/maps/${id}`))).toEqual(['masked', false])
  })
})

describe('mask_crop_rectify', () => {
  it('saves, applies and rectifies, as JSON, as a form, and of a file', async () => {
    const id = await pinnedMap()
    const file = new FormData()
    file.set('output', new Blob([BOX]), 'mask.gml')
    file.set('transform_options', 'helmert')
    for (const [method, more] of [
      ['PATCH', { json: { output: BOX, transform_options: 'p1' } }],
      ['PUT', { body: form(BOX, { format: 'json' }) }],
      ['POST', { body: file }],
    ] as const) {
      const answer = await act(method, id, 'mask_crop_rectify', more)
      expect([answer.status, maskOf(answer)], answer.text).toEqual([200, ['masked', false]])
      expect(await statusAfter(id, 'warping')).toBe('warped')
    }
    expect((await alphas(id, TILE.join('/'))).row.indexOf(255)).toBe(65)
  })

  it('keeps and applies the mask of a map that has too few points', async () => {
    const id = await uploaded()
    const { status, json } = await act('PATCH', id, 'mask_crop_rectify', { body: form(BOX) })
    expect([status, json]).toEqual([
      422,
      { errors: [{ title: 'Not enough gcps', detail: 'Map needs at least 3 control points to rectify.' }] },
    ])
    expect(maskOf(await call(`/api/v1/maps/${id}`))).toEqual(['masked', false])
    expect((await call(`/mapimages/${id}.gml.ol`)).text).toBe(BOX)
  })

  it('of calls that overlap one works, and the others change nothing', async () => {
    const id = await pinnedMap()
    const outputs = [10, 20, 30].map((left) => boxGml(left, 10, 200, 200))
    const answers = await Promise.all(
      outputs.map((output, i) =>
        act('PATCH', id, 'mask_crop_rectify', { body: form(output), as: (i === 1 ? other : user).basic }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422])
    for (const { status, json } of answers)
      if (status === 422)
        expect(json.errors).toEqual([
          { title: 'Map busy', detail: 'Map currently being rectified. Try again later.' },
        ])
    const winner = outputs[answers.findIndex(({ status }) => status === 200)]
    expect((await call(`/mapimages/${id}.gml.ol`)).text).toBe(winner)
  })
})

describe('what is refused', () => {
  it('names what is wrong with a mask, and where', async () => {
    const id = await uploaded()
    const crop = await act('PATCH', id, 'crop')
    expect([crop.status, crop.json]).toEqual([422, maskError('Mask file not found')])
    const missing = {
      errors: [{ title: 'Missing param', detail: 'param is missing or the value is empty: output' }],
    }
    for (const action of ['mask', 'mask_crop_rectify'])
      for (const more of [{}, { body: form('') }, { json: { output: null } }, { body: new FormData() }]) {
        const answer = await act('POST', id, action, more)
        expect([answer.status, answer.json]).toEqual([422, missing])
      }
    const list = await act('POST', id, 'mask', { json: { output: ['x'] } })
    expect([list.status, list.json.errors[0].title]).toEqual([422, 'Invalid param'])
    for (const [output, detail] of [
      ['<a>\n<b></a>', 'line 2'],
      ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'DOCTYPE'],
      ['<a/>', 'no polygon'],
      ['<a>\0</a>', 'not text'],
      [boxGml(300, 10, 400, 20), 'keeps nothing of the image'],
      [boxGml(10, 10, 10, 20), 'fewer than 3'],
      [' '.repeat(1024 * 1024 + 1), '1048577 bytes'],
    ] as const) {
      const { status, json } = await save(id, output)
      expect([status, json]).toEqual([422, maskError(expect.stringContaining(detail))])
    }
    const huge = await save(id, 'x'.repeat(4 * 1024 * 1024 + 1))
    expect([huge.status, huge.json.errors[0].title]).toEqual([413, 'Body too large'])
    expect(maskOf(await call(`/api/v1/maps/${id}`))).toEqual(['unmasked', false])
    expect((await call(`/mapimages/${id}.gml`)).status).toBe(404)
  })

  it('is for users, of maps that are there and have an image', async () => {
    const bare = await newMap(user.basic)
    for (const [method, action] of [
      ['POST', 'mask'],
      ['DELETE', 'mask'],
      ['PATCH', 'crop'],
      ['PATCH', 'mask_crop_rectify'],
    ] as const) {
      const body = { body: form('nonsense') }
      const anonymous = await act(method, UNKNOWN, action, { ...body, as: {} })
      expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
      for (const id of [UNKNOWN, '0', 'x']) {
        const unknown = await act(method, id, action, { body: form(BOX) })
        expect([unknown.status, unknown.json]).toEqual([404, notFound('Map', id)])
      }
    }
    for (const action of ['mask', 'mask_crop_rectify']) {
      const noImage = await act('POST', bare, action, { body: form(BOX) })
      expect([noImage.status, noImage.json.errors[0].title]).toEqual([422, 'Image not ready'])
    }
    for (const [file, id] of [
      [`${UNKNOWN}.gml.ol`, UNKNOWN],
      ['x.gml', 'x'],
      ['nothing', 'nothing'],
    ] as const)
      expect((await call(`/mapimages/${file}`)).json).toEqual(notFound('Mask', id))
  })

  it('nobody but who sees the map: everyone with an account may mask it', async () => {
    const id = await uploaded()
    const saved = await act('POST', id, 'mask', { body: form(BOX), as: other.basic })
    expect(saved.status).toBe(200)
    expect(maskOf(await act('PATCH', id, 'crop', { as: other.basic }))).toEqual(['masked', false])
  })
})
