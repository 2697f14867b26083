/** One figure of the bench beside that of a peer measured in the same run. */
export interface BenchRow {
  name: string
  value: number
  peer: number
  unit: string
  /** How many times better than the peer, whichever direction the unit counts. */
  ratio: number
  peerName: string
}
