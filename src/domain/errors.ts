/** What can go wrong in the platform's own words. Each dialect has one table from these classes to status and body. */
export class DomainError extends Error {
  override get name(): string {
    return this.constructor.name
  }
}

/** Nobody is signed in and somebody must be. */
export class UnauthenticatedError extends DomainError {
  constructor() {
    super('You need to sign in or sign up before continuing.')
  }
}

/** A credential was given and does not hold. `message` is what may be told. */
export class BadCredentialError extends DomainError {}

/** Who asks is known and may not do this. */
export class ForbiddenError extends DomainError {
  constructor() {
    super('Unauthorized Request')
  }
}

/** What is told apart by an id of its own, by the names the documentation has for them. */
export type Entity = 'Map' | 'Gcp' | 'User' | 'Layer' | 'Import'

export class NotFoundError extends DomainError {
  readonly entity: string
  readonly id: string

  constructor(entity: Entity, id: number | string) {
    super(`Couldn't find ${entity} with 'id'=${id}`)
    this.entity = entity
    this.id = String(id)
  }
}

export interface Issue {
  attribute: string
  message: string
}

/** Attributes that do not pass; one issue a fault. */
export class ValidationError extends DomainError {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ attribute, message }) => `${attribute} ${message}`).join('; '))
    this.issues = issues
  }
}

/** A rectification holds the scan's lock. */
export class ScanBusyError extends DomainError {
  constructor() {
    super('Map currently being rectified. Try again later.')
  }
}

export class NotEnoughPointsError extends DomainError {
  constructor(needed: number) {
    super(`Map needs at least ${needed} control points to rectify`)
  }
}

/** The points do not determine the transform; the message says why and what helps. */
export class UnsolvableTransformError extends DomainError {}

/** The scan has no image, or not yet. */
export class ImageNotReadyError extends DomainError {}

/** The scan has not been rectified, so there is nothing to draw or export. */
export class NotRectifiedError extends DomainError {}

/** A job that was waited for failed; the message says why. */
export class JobFailedError extends DomainError {}
