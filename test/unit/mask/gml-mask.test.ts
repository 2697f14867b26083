import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FormatError } from '../../../src/formats/format-error.ts'
import { GML_MAX_BYTES, GML_POSITIONS_MAX, readGmlMask } from '../../../src/formats/gml-mask.ts'
import { gmlMask, yUp } from '../../../src/formats/gml-mask-writer.ts'

/** As the documentation prints it, one polygon shortened. */
const OPENLAYERS =
  '<wfs:FeatureCollection xmlns:wfs=""><gml:featureMember xmlns:gml=""><feature:features xmlns:feature="" ' +
  'fid="OpenLayers.Feature.Vector_207"><feature:geometry><gml:Polygon><gml:outerBoundaryIs><gml:LinearRing>' +
  '<gml:coordinates decimal="." cs="," ts=" ">1490.0376070686068,5380.396178794179 3342.4880893970894,' +
  '5380.214910602912 1490.0376070686068,5380.396178794179</gml:coordinates></gml:LinearRing>' +
  '</gml:outerBoundaryIs></gml:Polygon></feature:geometry></feature:features></gml:featureMember>' +
  '<gml:featureMember xmlns:gml=""><feature:features><feature:geometry><gml:Polygon><gml:outerBoundaryIs>' +
  '<gml:LinearRing><gml:coordinates>1,2 3,4 5,6</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs>' +
  '</gml:Polygon></feature:geometry></feature:features></gml:featureMember></wfs:FeatureCollection>'

const ring = (coordinates: string) =>
  `<Polygon><exterior><LinearRing>${coordinates}</LinearRing></exterior></Polygon>`

function refusal(text: string): { code: string; message: string } {
  try {
    readGmlMask(text)
  } catch (error) {
    if (error instanceof FormatError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('it was read')
}

describe('reads', () => {
  test('the documented form, its namespaces empty', () => {
    expect(readGmlMask(OPENLAYERS)).toEqual([
      [
        [
          [1490.0376070686068, 5380.396178794179],
          [3342.4880893970894, 5380.214910602912],
          [1490.0376070686068, 5380.396178794179],
        ],
      ],
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ],
    ])
  })

  const triangle = [
    [
      [
        [1, 2],
        [3, 4.5],
        [-5, 6],
      ],
    ],
  ]
  test.each([
    ['coordinates', ring('<coordinates>\n 1,2 3,4.5\n-5,6 </coordinates>')],
    ['blanks beside the separator', ring('<coordinates>1 , 2 3, 4.5 -5 ,6</coordinates>')],
    ['separators of its own', ring('<coordinates decimal="," cs=" " ts=";">1 2;3 4,5;-5 6</coordinates>')],
    ['heights', ring('<coordinates>1,2,9 3,4.5,9 -5,6,9</coordinates>')],
    ['posList', ring('<gml:posList>1 2 3 4.5 -5 6</gml:posList>')],
    ['posList in space', ring('<posList srsDimension="3">1 2 9 3 4.5 9 -5 6 9</posList>')],
    ['a dimension further out', `<a srsDimension="3">${ring('<posList>1 2 9 3 4.5 9 -5 6 9</posList>')}</a>`],
    ['pos', ring('<pos>1 2</pos><pos>3 45e-1</pos><pos>-5 6 7</pos>')],
    [
      'coord',
      ring(
        '<coord><X>1</X><Y>2</Y></coord><coord><X>3</X><Y>4.5</Y></coord><coord><Y>6</Y><X>-5</X></coord>',
      ),
    ],
    ['CDATA and comments', ring('<coordinates>1,2 <![CDATA[3,4.5]]><!-- x --> -5,6</coordinates>')],
    ['references to characters', ring('<coordinates>1&#44;2 3&#x2c;4.5 -5,6</coordinates>')],
    [
      'a ring of lines',
      '<Polygon><exterior><Ring><curveMember><LineString><posList>1 2 3 4.5</posList></LineString></curveMember>' +
        '<curveMember><Curve><segments><LineStringSegment><posList>-5 6</posList></LineStringSegment></segments>' +
        '</Curve></curveMember></Ring></exterior></Polygon>',
    ],
    [
      'patches',
      '<Surface><patches><PolygonPatch><exterior><LinearRing><posList>1 2 3 4.5 -5 6</posList></LinearRing>' +
        '</exterior></PolygonPatch></patches></Surface>',
    ],
    [
      'what stands beside',
      `<a><boundedBy><Box><coordinates>0,0 9,9</coordinates></Box></boundedBy>${ring('<posList>1 2 3 4.5 -5 6</posList>')}<Point><pos>1 1</pos></Point></a>`,
    ],
  ])('%s', (_name, text) => {
    expect(readGmlMask(text)).toEqual(triangle)
  })

  test('holes and many polygons, in GML 2 and 3', () => {
    const hole = [
      [0, 0],
      [1, 0],
      [0, 1],
    ]
    const multi = (member: string, outer: string, inner: string) =>
      `<Multi>${`<${member}><p:Polygon><p:${outer}><LinearRing><pos>0 0</pos><pos>1 0</pos><pos>0 1</pos></LinearRing></p:${outer}><p:${inner}><LinearRing><coordinates>0,0 1,0 0,1</coordinates></LinearRing></p:${inner}></p:Polygon></${member}>`.repeat(2)}</Multi>`
    for (const text of [
      multi('polygonMember', 'outerBoundaryIs', 'innerBoundaryIs'),
      multi('surfaceMember', 'exterior', 'interior'),
    ])
      expect(readGmlMask(text)).toEqual([
        [hole, hole],
        [hole, hole],
      ])
  })

  test('what it writes, with y from either side', () => {
    const position = fc.tuple(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      fc.integer({ min: -999, max: 999 }),
    )
    const polygons = fc.array(fc.array(fc.array(position, { minLength: 1 }), { minLength: 1 }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(polygons, (drawn) => {
        expect(JSON.stringify(readGmlMask(gmlMask(drawn)))).toBe(JSON.stringify(drawn))
        const turned = yUp(drawn, 1000)
        expect(JSON.stringify(readGmlMask(gmlMask(turned)))).toBe(JSON.stringify(turned))
      }),
    )
  })
})

describe('refuses, and says what and where', () => {
  test.each([
    ['<!DOCTYPE a><a/>', 'gml-malformed', 'line 1, column 12: a DOCTYPE is not allowed'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'gml-malformed', 'a DOCTYPE'],
    ['<a>\n &x;</a>', 'gml-malformed', 'line 2, column 4: undefined entity'],
    ['<a><b></a>', 'gml-malformed', 'line 1'],
    ['GIF89a', 'gml-malformed', 'line 1'],
    ['', 'gml-malformed', 'line 1'],
    [ring('<coordinates>1,2 3,x</coordinates>'), 'gml-coordinates', '"3,x" is not a position'],
    [ring('<coordinates>1,2 3</coordinates>'), 'gml-coordinates', '"3" is not a position'],
    [ring('<coordinates>1,1e999</coordinates>'), 'gml-coordinates', 'is not a position'],
    [ring('<coordinates cs="." >1,2</coordinates>'), 'gml-coordinates', 'cannot be told apart'],
    [ring('<coordinates cs=" " ts=" ">1 2</coordinates>'), 'gml-coordinates', 'cannot be told apart'],
    [ring('<posList>1 2 3</posList>'), 'gml-coordinates', '3 numbers'],
    [ring('<posList srsDimension="0">1 2</posList>'), 'gml-coordinates', '0 dimensions'],
    [ring('<posList srsDimension="x">1 2</posList>'), 'gml-coordinates', 'NaN dimensions'],
    [ring('<pos>1</pos>'), 'gml-coordinates', 'is not a position'],
    [ring('<coord><X>1</X></coord>'), 'gml-coordinates', 'X and Y'],
    [ring('<coordinates>1,<b/>2</coordinates>'), 'gml-structure', '<b> stands among coordinates'],
    [ring(''), 'gml-structure', 'no positions'],
    ['<LinearRing/>', 'gml-structure', 'not stand in the boundary'],
    ['<Polygon/>', 'gml-structure', 'no outer boundary'],
    ['<Polygon><interior><LinearRing/></interior></Polygon>', 'gml-structure', 'hole stands before'],
    ['<Polygon><Polygon/></Polygon>', 'gml-structure', 'within a polygon'],
    [
      ring('<coordinates>1,2</coordinates>').replace('</Polygon>', '<exterior/></Polygon>'),
      'gml-structure',
      'two outer',
    ],
    ['<Polygon><exterior><Ring><Arc/></Ring></exterior></Polygon>', 'gml-curve', '<Arc> is curved'],
    ['<a><LineString><posList>1 2 3 4</posList></LineString></a>', 'gml-no-polygon', 'no polygon'],
    ['<a>'.repeat(65), 'gml-too-deep', 'more than 64'],
    [ring(`<posList>${'1 2 '.repeat(GML_POSITIONS_MAX + 1)}</posList>`), 'gml-too-many-positions', '20000'],
    [' '.repeat(GML_MAX_BYTES + 1), 'gml-too-large', '1048577 bytes'],
  ])('%.60s', (text, code, message) => {
    const found = refusal(text)
    expect(found.code).toBe(code)
    expect(found.message).toContain(message)
  })

  test('whatever is not a mask', () => {
    const scraps = [
      '<',
      '>',
      '/',
      'a:',
      'Polygon',
      'exterior',
      'LinearRing',
      'posList',
      ' ',
      '1',
      ',',
      '&amp;',
      '&#0;',
      '<!--',
      ']]>',
      '"',
      '=',
    ]
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...scraps), fc.string()), { maxLength: 40 }), (parts) => {
        try {
          readGmlMask(parts.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
    )
  })
})
