/** What is to be said of the features of an import. Plain JSON. */
export interface ImportNotes {
  /** Geometries that were invalid and have been made valid. */
  repaired: number
  /** Geometries that nothing could be made of. */
  dropped: number
  /** Geometries that could not be read, and why the first one could not. */
  faults: number
  firstFault: string | null
}

export const NO_NOTES: ImportNotes = { repaired: 0, dropped: 0, faults: 0, firstFault: null }

export const withFault = (notes: ImportNotes, fault: string): ImportNotes => ({
  ...notes,
  faults: notes.faults + 1,
  firstFault: notes.firstFault ?? fault.slice(0, 300),
})

/** The notes as sentences for a person. */
export function notesText({ repaired, dropped, faults, firstFault }: ImportNotes): string[] {
  const features = (count: number) => (count === 1 ? '1 feature was' : `${count} features were`)
  return [
    ...(repaired > 0 ? [`the geometry of ${features(repaired)} invalid and has been repaired`] : []),
    ...(dropped > 0 ? [`the geometry of ${features(dropped)} beyond repair and is left out`] : []),
    ...(faults > 0
      ? [`the geometry of ${features(faults)} not readable and is left out: ${firstFault}`]
      : []),
  ]
}
