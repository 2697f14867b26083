/**
 * Lays `below` under what `rgba` already holds: the "over" operator of Porter and Duff on colours that are not
 * multiplied by their alpha. Both hold the same pixels, 8 bits a channel.
 * @returns whether every pixel of the result is opaque, so that nothing further below can show
 */
export function compositeUnder(rgba: Uint8Array, below: Uint8Array): boolean {
  let isOpaque = true
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!
    if (alpha === 255) continue
    const alphaBelow = below[i + 3]!
    if (alpha === 0) {
      rgba[i] = below[i]!
      rgba[i + 1] = below[i + 1]!
      rgba[i + 2] = below[i + 2]!
      rgba[i + 3] = alphaBelow
      if (alphaBelow !== 255) isOpaque = false
      continue
    }
    const share = (alphaBelow * (255 - alpha)) / 255
    const total = alpha + share
    for (let channel = i; channel < i + 3; channel++)
      rgba[channel] = Math.round((rgba[channel]! * alpha + below[channel]! * share) / total)
    rgba[i + 3] = Math.round(total)
    if (rgba[i + 3] !== 255) isOpaque = false
  }
  return isOpaque
}
