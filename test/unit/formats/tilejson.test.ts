import { expect, test } from 'vitest'
import { type TileJsonInput, tileJson } from '../../../src/formats/tilejson.ts'

const INPUT: TileJsonInput = {
  tiles: ['https://maps.example/maps/tile/1/{z}/{x}/{y}.png?v=3'],
  bounds: [7.2, 47.1, 8.2, 47.7],
  minZoom: 8,
  maxZoom: 20,
}

test('the smallest document', () => {
  const document = tileJson({ ...INPUT, bounds: [7, 47, 8, 48] })
  expect(document).toEqual({
    tilejson: '3.0.0',
    version: '1.0.0',
    scheme: 'xyz',
    tiles: INPUT.tiles,
    minzoom: 8,
    maxzoom: 20,
    bounds: [7, 47, 8, 48],
    center: [7.5, 47.5, 8],
  })
})

test('all members', () => {
  const texts = {
    name: 'Basel',
    description: 'Haas, 1798',
    attribution: 'University Library',
    version: '1.0.3',
  }
  expect(tileJson({ ...INPUT, ...texts, center: [7.6, 47.5, 12] })).toMatchObject({
    ...texts,
    center: [7.6, 47.5, 12],
  })
})

test('empty texts are left out', () => {
  const document = tileJson({ ...INPUT, name: '', description: undefined })
  expect(Object.keys(document)).not.toContain('name')
  expect(Object.keys(document)).not.toContain('description')
})

test.each<[string, Partial<TileJsonInput>]>([
  ['no template', { tiles: [] }],
  ['a template without a row', { tiles: ['https://maps.example/{z}/{x}.png'] }],
  ['zooms out of order', { minZoom: 21 }],
  ['a zoom past 30', { maxZoom: 31 }],
  ['half a zoom', { minZoom: 8.5 }],
])('refuses %s', (_, wrong) => {
  expect(() => tileJson({ ...INPUT, ...wrong })).toThrow(expect.objectContaining({ code: 'tilejson' }))
})
