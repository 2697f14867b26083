import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { FormatError } from './format-error.ts'
import { type Position, parseCoordinates, parsePosition, parsePositions } from './gml-coordinates.ts'

/** Length of a mask's text, bytes of UTF-8. */
export const GML_MAX_BYTES = 1024 * 1024
/** Positions of all rings of a mask together. */
export const GML_POSITIONS_MAX = 20_000
/** Elements within elements. */
const DEPTH_MAX = 64
const QUOTED_MAX = 40

/** Polygons of rings (the shell first, then holes) of positions, in the numbers of the text. */
export type GmlPolygons = Position[][][]

/** The text of an element of coordinates, and the attributes it was opened with. */
interface CoordinateText {
  value: string
  attributes: Record<string, string>
}

/** Geometry that bounds an area by other than straight lines. */
const CURVED = /^(Arc|ArcString|ArcByCenterPoint|ArcByBulge|ArcStringByBulge|Circle|CircleByCenterPoint)$/
const CURVED_TOO = /^(CubicSpline|BSpline|Bezier|Clothoid|Geodesic|GeodesicString|OffsetCurve)$/
const POLYGON = /^(Polygon|PolygonPatch|Rectangle|Triangle)$/
const SHELL = /^(exterior|outerBoundaryIs)$/
const HOLE = /^(interior|innerBoundaryIs)$/
const RING = /^(LinearRing|Ring)$/
const TEXT = /^(coordinates|posList|pos|X|Y)$/

/**
 * Reads the polygons of a mask in GML: what OpenLayers writes (a `wfs:FeatureCollection` of features), and GML 2 and
 * 3 in general, as far as it is polygons with straight sides, in whatever they are wrapped. Elements are known by their
 * local names, so that prefixes may be any and need not be declared. Geometry that is not a polygon is passed over.
 *
 * Throws `FormatError`: `gml-too-large`, `gml-no-polygon`, and with the line and column where it was found
 * `gml-malformed` (not well-formed XML, a DOCTYPE, an entity beyond the five of XML), `gml-too-deep`,
 * `gml-too-many-positions`, `gml-coordinates`, `gml-curve`, `gml-structure`.
 */
export function readGmlMask(text: string): GmlPolygons {
  const bytes = new TextEncoder().encode(text).length
  if (bytes > GML_MAX_BYTES)
    throw new FormatError('gml-too-large', `the mask has ${bytes} bytes, more than ${GML_MAX_BYTES}`)
  return new MaskReader().read(text)
}

class MaskReader {
  readonly #parser = new SaxesParser({ xmlns: false, position: true })
  readonly #polygons: GmlPolygons = []
  /** Local names of the open elements. */
  readonly #path: string[] = []
  /** Dimensions that the open elements declare; the innermost holds. */
  readonly #dimensions: number[] = []
  #positions = 0
  #polygon: Position[][] | null = null
  /** Whether a ring that begins is a shell or a hole; null where none may begin. */
  #boundary: 'shell' | 'hole' | null = null
  #ring: Position[] | null = null
  #text: CoordinateText | null = null
  /** Of a `<coord>` that is open: its numbers so far. */
  #coord: Position | null = null

  read(text: string): GmlPolygons {
    const parser = this.#parser
    parser.on('error', ({ message }) => this.#refuse('gml-malformed', message.replace(/^\d+:\d+: /, '')))
    parser.on('doctype', () => this.#refuse('gml-malformed', 'a DOCTYPE is not allowed'))
    parser.on('opentag', (tag) => this.#open(tag))
    parser.on('closetag', () => this.#close())
    const take = (value: string) => {
      if (this.#text) this.#text.value += value
    }
    parser.on('text', take)
    parser.on('cdata', take)
    parser.write(text).close()
    if (this.#polygons.length === 0)
      throw new FormatError('gml-no-polygon', 'there is no polygon in the mask')
    return this.#polygons
  }

  #open({ name, attributes }: SaxesTagPlain): void {
    const local = localName(name)
    this.#path.push(local)
    if (this.#path.length > DEPTH_MAX)
      this.#refuse('gml-too-deep', `elements are nested more than ${DEPTH_MAX} deep`)
    const own = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [localName(key), value]))
    this.#dimensions.push(this.#dimensionOf(own))
    if (this.#text) this.#refuse('gml-structure', `<${quoted(name)}> stands among coordinates`)
    if (POLYGON.test(local)) this.#openPolygon(local)
    else if (this.#polygon && SHELL.test(local)) this.#boundary = this.#openShell(this.#polygon)
    else if (this.#polygon && HOLE.test(local)) this.#boundary = 'hole'
    else if (RING.test(local)) this.#openRing(local)
    else if (this.#ring && (CURVED.test(local) || CURVED_TOO.test(local)))
      this.#refuse('gml-curve', `<${quoted(name)}> is curved; a mask has straight sides`)
    else if (this.#ring && TEXT.test(local)) this.#text = { value: '', attributes: own }
  }

  #dimensionOf(attributes: Record<string, string>): number {
    const given = attributes.srsDimension ?? attributes.dimension
    return given === undefined ? (this.#dimensions.at(-1) ?? 2) : Number(given)
  }

  #openPolygon(name: string): void {
    if (this.#polygon) this.#refuse('gml-structure', `<${name}> stands within a polygon`)
    this.#polygon = []
  }

  #openShell(polygon: Position[][]): 'shell' {
    if (polygon.length > 0) this.#refuse('gml-structure', 'the polygon has two outer boundaries')
    return 'shell'
  }

  #openRing(name: string): void {
    if (!this.#polygon || !this.#boundary || this.#ring)
      this.#refuse('gml-structure', `<${name}> does not stand in the boundary of a polygon`)
    if (this.#boundary === 'hole' && this.#polygon.length === 0)
      this.#refuse('gml-structure', 'a hole stands before the outer boundary')
    this.#ring = []
  }

  #close(): void {
    const local = this.#path.pop()!
    const dimension = this.#dimensions.pop()!
    const text = this.#text
    this.#text = null
    if (text) this.#takeText(local, text, dimension)
    else if (local === 'coord') this.#closeCoord()
    else if (RING.test(local)) this.#closeRing()
    else if (SHELL.test(local) || HOLE.test(local)) this.#boundary = null
    else if (POLYGON.test(local)) this.#closePolygon()
  }

  #takeText(local: string, text: CoordinateText, dimension: number): void {
    try {
      if (local === 'X' || local === 'Y') this.#takeOrdinate(local, text.value)
      else for (const position of positionsOf(local, text, dimension)) this.#ring!.push(position)
    } catch (error) {
      if (error instanceof FormatError) this.#refuse(error.code, error.message)
      throw error
    }
    this.#countPositions(this.#ring!.length)
  }

  #takeOrdinate(axis: 'X' | 'Y', value: string): void {
    const [number] = parsePosition(`${value} 0`)
    this.#coord ??= [Number.NaN, Number.NaN]
    this.#coord[axis === 'X' ? 0 : 1] = number
  }

  /** GML 2's `<coord><X>1</X><Y>2</Y></coord>`. */
  #closeCoord(): void {
    const position = this.#coord
    this.#coord = null
    if (!this.#ring) return
    if (!position || position.some(Number.isNaN)) this.#refuse('gml-coordinates', 'a <coord> needs X and Y')
    this.#ring.push(position)
    this.#countPositions(this.#ring.length)
  }

  #countPositions(inRing: number): void {
    if (this.#positions + inRing > GML_POSITIONS_MAX)
      this.#refuse('gml-too-many-positions', `the mask has more than ${GML_POSITIONS_MAX} positions`)
  }

  #closeRing(): void {
    const ring = this.#ring!
    if (ring.length === 0) this.#refuse('gml-structure', 'the ring has no positions')
    this.#positions += ring.length
    this.#polygon!.push(ring)
    this.#ring = null
  }

  #closePolygon(): void {
    if (this.#polygon!.length === 0) this.#refuse('gml-structure', 'the polygon has no outer boundary')
    this.#polygons.push(this.#polygon!)
    this.#polygon = null
  }

  #refuse(code: string, what: string): never {
    throw new FormatError(code, `line ${this.#parser.line}, column ${this.#parser.column}: ${what}`)
  }
}

const localName = (name: string): string => name.slice(name.lastIndexOf(':') + 1)

const quoted = (name: string): string => name.slice(0, QUOTED_MAX)

function positionsOf(local: string, { value, attributes }: CoordinateText, dimension: number): Position[] {
  if (local === 'pos') return [parsePosition(value)]
  if (local === 'posList') return parsePositions(value, dimension)
  const { decimal = '.', cs = ',', ts = ' ' } = attributes
  return parseCoordinates(value, { decimal, cs, ts })
}
