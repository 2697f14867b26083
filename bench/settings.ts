/** How often a bench measures each figure: `GRATICULE_BENCH_ROUNDS`, or what the bench finds enough. */
export const roundsOr = (usual: number): number => Math.ceil(positive('GRATICULE_BENCH_ROUNDS') ?? usual)

/** Size of the job in megapixels: `GRATICULE_BENCH_MPX`, or the bench's own. */
export const megapixelsOr = (usual: number): number => positive('GRATICULE_BENCH_MPX') ?? usual

/** @throws Error when the variable is set, and not to a number above zero */
function positive(name: string): number | null {
  const text = process.env[name]
  if (!text) return null
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`${name} must be a number above 0, not ${text}`)
  return value
}
