import { DomainError } from '../errors.ts'
import { formatBytes } from '../intake/errors.ts'

/** The app is served as it has been made of its files, so that these are not to be changed. */
export class PreoptimizedError extends DomainError {
  constructor(id: string) {
    super(`The app ${JSON.stringify(id)} is pre-optimized; switch that off to change it`)
  }
}

/** The app would be larger than apps may be. */
export class AppTooLargeError extends DomainError {
  constructor(maxBytes: number) {
    super(`The app would have more than ${formatBytes(maxBytes)}`)
  }
}

/** The app would have more files than apps may have. */
export class TooManyAppFilesError extends DomainError {
  constructor(max: number) {
    super(`The app would have more than ${max} files`)
  }
}
