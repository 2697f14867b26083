/** Whole numbers x0, y0, x1, y1, ... */
type Flat = readonly number[]

/**
 * Path data (SVG 1.1, 8.3) of lines or rings: the first point of each as it is, the others by their distance from the one
 * before. Points that are where the one before is are left out.
 */
export function pathData(parts: readonly Flat[], isClosed: boolean): string {
  let data = ''
  for (const part of parts) {
    let [x, y] = [part[0]!, part[1]!]
    data += `M${x} ${y}`
    let command = 'l'
    for (let i = 2; i < part.length; i += 2) {
      const [dx, dy] = [part[i]! - x, part[i + 1]! - y]
      if (dx === 0 && dy === 0) continue
      data += command + dx + (dy < 0 ? '' : ' ') + dy
      command = ' '
      x += dx
      y += dy
    }
    // A line of no length is a dot, where its ends are round.
    if (command === 'l') data += 'l0 0'
    if (isClosed) data += 'z'
  }
  return data
}
