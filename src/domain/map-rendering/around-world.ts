import type { TargetGrid } from '../../geo/warp/target-grid.ts'
import { compositeUnder } from '../render/composite.ts'
import type { DrawPart } from '../render/encoded-picture.ts'
import type { Frame } from './frame.ts'

/** Draws what is known between longitudes -180 and 180 wherever a frame shows the world. */
export function aroundWorld({ turns }: Pick<Frame, 'turns'>, draw: DrawPart): DrawPart {
  if (turns.length === 1 && turns[0] === 0) return draw
  return async (part, row) => {
    let drawn: Uint8Array | null = null
    for (const turn of turns) {
      const below = await draw(turnedBack(part, turn), row)
      if (!below) continue
      if (drawn) compositeUnder(drawn, below)
      else drawn = below.slice()
    }
    return drawn
  }
}

/** A part so many turns further west. */
const turnedBack = (part: TargetGrid, turn: number): TargetGrid => ({
  ...part,
  geoX: (column) => part.geoX(column) - 360 * turn,
})
