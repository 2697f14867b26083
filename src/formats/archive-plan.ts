/** The archive is `head`, then the bytes of every blob of `blobs` in that order: `totalBytes` in all. */
export interface ArchivePlan {
  head: Uint8Array
  blobs: string[]
  totalBytes: number
}
