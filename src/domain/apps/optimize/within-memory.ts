import { type Esbuild, EsbuildExhaustedError } from '../../../formats/esbuild/esbuild.ts'

/** An esbuild, a new one where the last has come to its end. */
export type Starter = () => Promise<Esbuild>

/** Does some work, once more with a fresh memory where that was not enough; null where that is not enough either. */
export async function withinMemory<Result>(
  start: Starter,
  work: (esbuild: Esbuild) => Promise<Result>,
): Promise<Result | null> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return await work(await start())
    } catch (error) {
      if (!(error instanceof EsbuildExhaustedError)) throw error
    }
  }
  return null
}
