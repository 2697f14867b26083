import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RuleSubject, ruleLayers } from '../../../src/domain/maps/maplibre/rule-layers.ts'
import { sourceElsewhere } from '../../../src/domain/maps/maplibre/sources.ts'
import type { MapLibreExpression } from '../../../src/domain/maps/maplibre/value-expression.ts'
import { isRuleOfZoom, zoomOfScale, zoomOfTile } from '../../../src/domain/maps/rule-zooms.ts'
import { scaleRange } from '../../../src/domain/maps/scale-range.ts'
import type { LayerRule } from '../../../src/store/map-types.ts'

const { featureFilter } = createRequire(createRequire(import.meta.url).resolve('maplibre-gl/package.json'))(
  '@maplibre/maplibre-gl-style-spec',
) as {
  featureFilter(
    filter: unknown,
    rootKey: string,
  ): { filter(globals: { zoom: number }, feature: { type: number; properties: object }): boolean }
}

const SUBJECT: RuleSubject = {
  ...{ layerId: 7, source: 's', sourceLayer: 'l', kinds: ['polygon'], opacity: 1, zooms: [0, 24] },
  labelProperty: null,
  propertyOf: (name) => name,
}

const over = (limit: number | null): MapLibreExpression =>
  limit === null ? true : ['all', ['!=', ['get', 'v'], null], ['>', ['get', 'v'], ['literal', limit]]]

const rule = (members: Partial<LayerRule>): LayerRule => ({
  ...{ expression: '', isVisible: true, fill: [1, 2, 3], border: null, original: {} },
  ...members,
})

/** Numbers of the rules by which a feature is drawn in a tile. */
function drawnBy(
  rules: LayerRule[],
  conditions: MapLibreExpression[] | null,
  zoom: number,
  properties: object,
) {
  return ruleLayers(rules, conditions, SUBJECT)
    .shapes.filter(({ minzoom = 0, maxzoom = 24 }) => zoom >= minzoom && zoom < maxzoom)
    .filter(
      ({ filter }) =>
        filter === undefined ||
        featureFilter(filter, 'layers[0].filter').filter({ zoom }, { type: 3, properties }),
    )
    .map(({ id }) => Number(id.split('-')[1]))
}

describe('the layers of rules', () => {
  test('draw each feature by the first rule that is for its zoom and true of it, if that is seen', () => {
    const limits = fc.constantFrom(null, 0, 1, 2)
    const zoomOf = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined })
    const ruled = fc.record({ limit: limits, fromZoom: zoomOf, toZoom: zoomOf, isVisible: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(ruled, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(undefined, 0, 1, 2, 3),
        fc.integer({ min: 0, max: 6 }),
        (given, v, zoom) => {
          const rules = given.map(({ fromZoom, toZoom, isVisible }) =>
            rule({
              isVisible,
              ...(fromZoom === undefined ? {} : { fromZoom }),
              ...(toZoom === undefined ? {} : { toZoom }),
            }),
          )
          const first = given.findIndex(
            ({ limit }, i) =>
              (limit === null || (v !== undefined && v > limit)) && isRuleOfZoom(rules[i]!, zoomOfTile(zoom)),
          )
          const expected = first >= 0 && given[first]!.isVisible ? [first] : []
          const feature = v === undefined ? {} : { v }
          expect(
            drawnBy(
              rules,
              given.map(({ limit }) => over(limit)),
              zoom,
              feature,
            ),
          ).toEqual(expected)
          const told = first < 0 ? feature : { ...feature, __class: first }
          expect(drawnBy(rules, null, zoom, told)).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('have dashes in widths, labels over all shapes, and fonts that are names', () => {
    const dashed = rule({ border: [0, 0, 0], borderWidth: 2, dashes: [6, 4] })
    const named = rule({ labels: { property: 'n', font: 'x; } url(evil)', size: 12 } })
    const { shapes, labels } = ruleLayers([dashed, named], [over(1), true], SUBJECT)
    expect(shapes.find(({ id }) => id === '7-0-border')!.paint!['line-dasharray']).toEqual([3, 2])
    expect(labels).toHaveLength(1)
    expect(labels[0]!.layout!['text-font']).not.toContain('x; } url(evil)')
  })
})

test('scales are those of web mercator, or on the ground', () => {
  expect(zoomOfScale(559_082_264.028_717_8)).toBeCloseTo(-1, 9)
  expect(zoomOfScale(559_082_264.028_717_8 / 2 ** 11, 60)).toBeCloseTo(9, 9)
  expect(scaleRange({ fromScale: 50_000, toScale: null })).toEqual({ min: 0, max: 50_000 })
  expect(scaleRange({ fromScale: 1000, toScale: 50_000 })).toEqual({ min: 1000, max: 50_000 })
})

test.each([
  ['tile', { src: 'OSM' }, 'https://tile.openstreetmap.org/{z}/{x}/{y}.png'],
  ['tile', { src: 'https://a.example/{z}/{y}/{x}?k=1' }, 'https://a.example/{z}/{y}/{x}?k=1'],
  ['tile', { src: 'javascript:alert(1)//{z}{x}{y}' }, null],
  ['tile', { src: 'https://user:secret@a.example/{z}/{x}/{y}' }, null],
  ['tile', { src: 'https://a.example/1.png' }, null],
  ['wms', { url: 'file:///etc/passwd' }, null],
  [
    'wms',
    { url: 'https://a.example/ows?REQUEST=GetCapabilities&bbox=1', layer: 'x', version: '1.3.0' },
    'CRS=EPSG%3A3857',
  ],
] as const)('a source elsewhere: %s %j', (type, source, expected) => {
  const made = sourceElsewhere({ type, source })
  if (expected === null) expect(made).toBeNull()
  else expect(made && 'tiles' in made && made.tiles[0]).toContain(expected)
  expect(JSON.stringify(made)).not.toContain('GetCapabilities')
})
