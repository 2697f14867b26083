import { FormatError } from './format-error.ts'

/** How `gml:coordinates` writes its numbers: the attributes `decimal`, `cs` and `ts`. */
export interface CoordinateStyle {
  /** What stands before the fraction. */
  decimal: string
  /** What stands between the numbers of a tuple. */
  cs: string
  /** What stands between tuples; where it is blank, any white space does. */
  ts: string
}

export type Position = [x: number, y: number]

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * The positions in a `gml:coordinates` (GML 2 and 3). What a tuple has beyond x and y is left out.
 * @throws FormatError `gml-coordinates`: the style is ambiguous, or a tuple is not two or three numbers
 */
export function parseCoordinates(text: string, { decimal, cs, ts }: CoordinateStyle): Position[] {
  const [point, within, between] = [decimal.trim(), cs.trim(), ts.trim()]
  const marks = [point, within, between]
  const ambiguous = marks.some((mark) => mark.length > 1 || /[\deE+-]/.test(mark))
  if (ambiguous || point === '' || new Set(marks).size < 3)
    throw faulty(`decimal="${point}" cs="${within}" ts="${between}" cannot be told apart`)
  // White space beside a separator says nothing, unless it is itself the separator.
  const joined = within === '' ? text : text.split(within).map(trimmed).join(within)
  const tuples = between === '' ? joined.split(/\s+/) : joined.split(between).map(trimmed)
  return tuples
    .filter((tuple) => tuple !== '')
    .map((tuple) => {
      const parts = within === '' ? tuple.split(/\s+/) : tuple.split(within)
      return positionOf(point === '.' ? parts : parts.map((part) => part.replace(point, '.')), tuple)
    })
}

/** The position in a `gml:pos`. @throws FormatError `gml-coordinates` */
export function parsePosition(text: string): Position {
  const tuple = text.trim()
  return positionOf(tuple.split(/\s+/), tuple)
}

/**
 * The positions in a `gml:posList`: numbers apart by white space.
 * @param dimension how many numbers a position has, 2 or 3; what is beyond x and y is left out
 * @throws FormatError `gml-coordinates`
 */
export function parsePositions(text: string, dimension: number): Position[] {
  if (dimension !== 2 && dimension !== 3) throw faulty(`positions of ${dimension} dimensions are not known`)
  const numbers = text.split(/\s+/).filter((part) => part !== '')
  if (numbers.length % dimension !== 0)
    throw faulty(`${numbers.length} numbers do not make positions of ${dimension}`)
  const positions: Position[] = []
  for (let i = 0; i < numbers.length; i += dimension) {
    const tuple = numbers.slice(i, i + dimension)
    positions.push(positionOf(tuple, tuple.join(' ')))
  }
  return positions
}

function positionOf(parts: readonly string[], tuple: string): Position {
  const valid = (parts.length === 2 || parts.length === 3) && parts.every((part) => NUMBER.test(part))
  const [x, y] = parts.map(Number)
  if (!valid || !Number.isFinite(x) || !Number.isFinite(y))
    throw faulty(`${JSON.stringify(tuple.slice(0, 60))} is not a position`)
  return [x!, y!]
}

const trimmed = (text: string): string => text.trim()

const faulty = (message: string): FormatError => new FormatError('gml-coordinates', message)
