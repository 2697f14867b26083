import type { ArchivePlan } from '../src/formats/archive-plan.ts'
import type { SystemPrincipal } from '../src/store/principal.ts'
import type { Staging } from './staging.ts'

/** What a scan's job draws, tile by tile, and what becomes of the tiles. */
export interface Work {
  /** Key of the object that is made. */
  key: string
  contentType: string
  /** Ids of the tiles, in the order they are drawn. */
  tiles: readonly number[]
  /** Encoded bytes of a tile, or null when it is empty. */
  draw(id: number): Promise<Uint8Array | null>
  plan(staging: Staging): Promise<ArchivePlan>
  /** The object is whole: say so in the database. Doing it again changes nothing. */
  publish(): Promise<void>
}

export const rectifier: SystemPrincipal = { kind: 'system', reason: 'rectification' }
