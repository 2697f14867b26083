import { NotFoundError } from '../../../domain/errors.ts'
import { shown } from '../parameters.ts'
import type { ProcessDefinition } from './definition.ts'
import { DERIVED } from './derived.ts'
import { echo } from './echo.ts'
import { exportProcess } from './export.ts'
import { importProcess } from './import.ts'
import { tileArchive } from './tile-archive.ts'

/** Every process there is, in the order of the list. */
export const PROCESSES: readonly ProcessDefinition[] = [
  importProcess,
  exportProcess,
  ...DERIVED,
  tileArchive,
  echo,
]

/** @throws NotFoundError */
export function processOf(id: string): ProcessDefinition {
  const definition = PROCESSES.find((process) => process.id === id)
  if (!definition) throw new NotFoundError('Process', shown(id).slice(1, -1))
  return definition
}
