import { TILE_GEOMETRY_TYPES, type TileGeometry } from './tile-geometry.ts'

const MOVE_TO = 1
const LINE_TO = 2
const CLOSE_PATH = 7

const command = (id: number, count: number): number => id | (count << 3)
const zigzag = (value: number): number => (value << 1) ^ (value >> 31)

/** A geometry as the commands of a vector tile (specification 2.1, 4.3): every position is told from the one before. */
export function geometryCommands({ type, parts }: TileGeometry): number[] {
  const commands: number[] = []
  let [x, y] = [0, 0]
  const go = (part: readonly number[], from: number, to: number) => {
    for (let i = from; i < to; i += 2) {
      commands.push(zigzag(part[i]! - x), zigzag(part[i + 1]! - y))
      x = part[i]!
      y = part[i + 1]!
    }
  }
  if (type === TILE_GEOMETRY_TYPES.point) {
    commands.push(command(MOVE_TO, parts.length))
    for (const part of parts) go(part, 0, 2)
    return commands
  }
  for (const part of parts) {
    commands.push(command(MOVE_TO, 1))
    go(part, 0, 2)
    commands.push(command(LINE_TO, part.length / 2 - 1))
    go(part, 2, part.length)
    if (type === TILE_GEOMETRY_TYPES.polygon) commands.push(command(CLOSE_PATH, 1))
  }
  return commands
}
