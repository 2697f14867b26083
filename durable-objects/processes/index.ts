import { echo } from './echo.ts'
import type { Processor } from './processor.ts'

/** Every process by its name. */
export const PROCESSORS: Readonly<Record<string, () => Processor<unknown>>> = {
  echo: echo as () => Processor<unknown>,
}
