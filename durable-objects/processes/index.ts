import { derive } from './derive.ts'
import { echo } from './echo.ts'
import { exportDataset } from './export.ts'
import { importFile } from './import.ts'
import { layered } from './layered.ts'
import { preoptimize } from './preoptimize.ts'
import type { Processor } from './processor.ts'
import { searchIndex } from './search-index.ts'
import { tileArchive } from './tile-archive.ts'

/** Every process by its name. */
export const PROCESSORS: Readonly<Record<string, () => Processor<unknown>>> = {
  buffer: layered(derive('buffer')) as () => Processor<unknown>,
  clip: derive('clip') as () => Processor<unknown>,
  dissolve: derive('dissolve') as () => Processor<unknown>,
  echo: echo as () => Processor<unknown>,
  export: exportDataset as () => Processor<unknown>,
  import: importFile as () => Processor<unknown>,
  preoptimize: preoptimize as () => Processor<unknown>,
  reproject: derive('reproject') as () => Processor<unknown>,
  'search-index': searchIndex as () => Processor<unknown>,
  'tile-archive': tileArchive as () => Processor<unknown>,
}
