import { DomainError } from '../errors.ts'
import { formatBytes } from '../intake/errors.ts'

/** What is to be stored is more than its owner may keep. */
export class StorageFullError extends DomainError {
  constructor(maxBytes: number) {
    super(`The storage would have more than its limit of ${formatBytes(maxBytes)}`)
  }
}

/** There are as many files as there may be. */
export class TooManyFilesError extends DomainError {
  constructor(max: number) {
    super(`The storage would have more than ${max} files`)
  }
}

/** A file stands where a folder is needed, or the other way round. */
export class PathTakenError extends DomainError {
  constructor(path: string) {
    super(`At ${JSON.stringify(path)} a file would stand in the way of a folder`)
  }
}
