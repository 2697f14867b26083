import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnGeometry } from '../../../../src/domain/map-rendering/drawn-geometry.ts'
import { labelAnchor } from '../../../../src/domain/map-rendering/label-anchors.ts'
import {
  LABEL_MAX_CHARACTERS,
  labelText,
  placedLabels,
  type WantedLabel,
} from '../../../../src/domain/map-rendering/labels.ts'
import { GEOMETRY_CODES } from '../../../../src/geo/flat-geometry.ts'

/** Every character is half as wide as it is high. */
const metrics = { ascent: 0.8, descent: 0.2, widthOf: (text: string) => text.length / 2 }
const picture = { width: 300, height: 200 }
const at = (x: number, y: number, text: string, radius = 3): WantedLabel => ({
  ...{ text, radius, style: { property: 'name', size: 10 } },
  anchor: { kind: 'point', x, y },
})
/** Where a text stands that is not turned. */
function placeOf(svg: string, text: string): { left: number; right: number; middle: number } {
  const [, x, y] = /translate\(([\d.-]+) ([\d.-]+)\)/.exec(svg)!
  const half = (text.length * 5) / 2
  return { left: Number(x) - half, right: Number(x) + half, middle: Number(y) }
}

describe('labels', () => {
  it('of points stand at their right, or where there is room', () => {
    const [right, left] = placedLabels([at(100, 50, 'first'), at(92, 50, 'other')], metrics, picture)
    expect(placeOf(right!.svg, 'first')).toMatchObject({ left: 105, middle: 50 })
    expect(placeOf(left!.svg, 'other')).toMatchObject({ right: 87, middle: 50 })
    const [atEdge] = placedLabels([at(290, 50, 'edge')], metrics, picture)
    expect(placeOf(atEdge!.svg, 'edge').right).toBe(285)
  })

  it('are left out where there is no room, and where their points are not in the picture', () => {
    // The first has taken what is around it.
    const crowd = Array.from({ length: 9 }, () => at(100, 50, 'crowded'))
    expect(placedLabels(crowd, metrics, picture)).toHaveLength(4)
    expect(placedLabels([at(-2, 50, 'a')], metrics, picture)).toEqual([])
    expect(placedLabels([at(20, 50, 'a')], metrics, picture, [[0, 0, 300, 200]])).toEqual([])
  })

  it('never cover one another, or leave the picture', () => {
    const point = fc.tuple(
      fc.integer({ min: -20, max: 320 }),
      fc.integer({ min: -20, max: 220 }),
      fc.integer({ min: 1, max: 12 }),
    )
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const wanted = points.map(([x, y, length]) => at(x, y, 'x'.repeat(length)))
        const boxes = placedLabels(wanted, metrics, picture).map(({ svg, top, bottom }) => {
          const [, text] = />(x+)</.exec(svg)!
          return { ...placeOf(svg, text!), top, bottom }
        })
        for (const [i, a] of boxes.entries()) {
          expect(a.left >= 0 && a.right <= 300 && a.top >= 0 && a.bottom <= 200).toBe(true)
          for (const b of boxes.slice(i + 1))
            expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(
              true,
            )
        }
      }),
    )
  })

  it('along a line are turned with it, upright, and only where it is long enough', () => {
    const line = (text: string, xy: number[]) => ({
      ...{ text, radius: 0, style: { property: 'name', size: 10 } },
      anchor: labelAnchor(drawnGeometry({ type: GEOMETRY_CODES.LineString, xy }))!,
    })
    const [turned] = placedLabels([line('river', [200, 150, 100, 50])], metrics, picture)
    expect(turned!.svg).toContain('translate(150.00 100.00) rotate(45.0)')
    expect(placedLabels([line('a very long river', [10, 10, 60, 10])], metrics, picture)).toEqual([])
  })

  it('are one line of bounded length that XML can hold', () => {
    expect(labelText(' a\n\tb\u0000\u2028c ')).toBe('a b c')
    expect([...labelText('🗺'.repeat(500))]).toHaveLength(LABEL_MAX_CHARACTERS)
    const [label] = placedLabels([at(50, 50, '<b>&"')], metrics, picture)
    expect(label!.svg).toContain('&lt;b&gt;&amp;&quot;')
  })
})

describe('where a label belongs', () => {
  it('is inside of a polygon that its middle is not in', () => {
    // A U, open to the top.
    const xy = [0, 0, 30, 0, 30, 70, 70, 70, 70, 0, 100, 0, 100, 100, 0, 100]
    const { x, y } = labelAnchor(drawnGeometry({ type: GEOMETRY_CODES.Polygon, xy }))!
    const isInside = y > 70 ? x > 0 && x < 100 : (x > 0 && x < 30) || (x > 70 && x < 100)
    expect(isInside).toBe(true)
  })

  it('is not in a hole', () => {
    const xy = [0, 0, 100, 0, 100, 100, 0, 100, 20, 20, 80, 20, 80, 80, 20, 80]
    const { x, y } = labelAnchor(drawnGeometry({ type: GEOMETRY_CODES.Polygon, xy, ends: [4, 8] }))!
    expect(x > 20 && x < 80 && y > 20 && y < 80).toBe(false)
  })

  it('is the greatest part of several', () => {
    const square = (from: number, to: number) => ({
      type: GEOMETRY_CODES.Polygon,
      xy: [from, from, to, from, to, to, from, to],
    })
    const many = { type: GEOMETRY_CODES.MultiPolygon, xy: [], parts: [square(0, 5), square(100, 200)] }
    expect(labelAnchor(drawnGeometry(many))).toMatchObject({ kind: 'polygon', x: 150 })
    expect(labelAnchor({ points: [], lines: [], polygons: [], vertices: 0 })).toBeNull()
  })
})
