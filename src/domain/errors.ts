import type { JobQuestion } from '../store/job-types.ts'

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
  constructor(message = 'Unauthorized Request') {
    super(message)
  }
}

/** As many as can be watch the scan already. */
export class RoomFullError extends DomainError {
  constructor() {
    super('Too many watch this map at the moment')
  }
}

/** What is told apart by an id of its own, by the names the documentation has for them. */
export type Entity =
  | 'Map'
  | 'Gcp'
  | 'User'
  | 'Layer'
  | 'Import'
  | 'Rectification'
  | 'Mask'
  | 'Dataset'
  | 'Feature'
  | 'Process'
  | 'Job'
  | 'Connection'
  | 'Table'
  | 'File'
  | 'Key'
  | 'Role'
  | 'OAuth2 client'
  | 'Approved app'
  | 'Resource'
  | 'Permission'
  | 'Option'
  | 'Datasource'
  | 'Picture'
  | 'App'
  | 'Template'

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

/** A reference system is named that is not known, or not in a way that is understood. */
export class UnknownReferenceSystemError extends DomainError {}

/** The rectification failed, so that there is nothing to go back to. */
export class NotRevertibleError extends DomainError {
  constructor() {
    super('The rectification failed; there is nothing to go back to')
  }
}

/** Only what has been warped is published. */
export class NotPublishableError extends DomainError {
  constructor() {
    super('Map is not warped so cannot be published')
  }
}

export class AlreadyPublishedError extends DomainError {
  constructor(entity: 'Map' | 'Layer' = 'Map') {
    super(`${entity} is already published`)
  }
}

/** A mask that cannot be used; the message says where and why. */
export class InvalidMaskError extends DomainError {}

/** A mask is to be applied and none has been saved. */
export class MissingMaskError extends DomainError {
  constructor() {
    super('Mask file not found')
  }
}

/** The scan has no image, or not yet. */
export class ImageNotReadyError extends DomainError {}

/** The scan has not been rectified, so there is nothing to draw or export. */
export class NotRectifiedError extends DomainError {}

/** A job that was waited for failed; the message says why. */
export class JobFailedError extends DomainError {}

/** The scan that is to be taken out of a mosaic is not in it. */
export class NotAMemberError extends DomainError {
  constructor() {
    super('Error removing map.')
  }
}

/** A mosaic none of whose maps has been rectified is not published. */
export class MosaicNotRectifiedError extends DomainError {
  constructor() {
    super('Layer has no warped map so cannot be published')
  }
}

/** What is not published cannot be unpublished. */
export class NotPublishedError extends DomainError {
  constructor(entity: 'Map' | 'Layer') {
    super(`${entity} is not published so cannot be unpublished`)
  }
}

/** Two mosaics cannot be merged; `message` says why. */
export class MergeError extends DomainError {
  constructor(reason: string) {
    super(`Error merging layers: ${reason}`)
  }
}

/** An import that runs, or has run, cannot be started. */
export class ImportNotReadyError extends DomainError {
  constructor(status: string) {
    super(`Import is ${status} so cannot be started`)
  }
}

/** What was changed has been changed by somebody else since the version the request names. */
export class PreconditionFailedError extends DomainError {}

/** A filter that cannot be understood, or names what is not there; `position` counts characters from 0. */
export class FilterError extends DomainError {
  readonly position: number | null

  constructor(message: string, position: number | null = null) {
    super(message)
    this.position = position
  }
}

/** A job cannot go on without an answer. */
export class QuestionError extends DomainError {
  readonly question: JobQuestion

  constructor(question: JobQuestion) {
    super(question.message)
    this.question = question
  }
}

/** A job that has ended, or does not wait, is asked for what it cannot do any more, or not yet. */
export class JobStateError extends DomainError {}

/** Something of the name is there already. */
export class NameTakenError extends DomainError {
  constructor(entity: Entity, name: string) {
    super(`There is ${/^[AEIOU]/.test(entity) ? 'an' : 'a'} ${entity} named ${JSON.stringify(name)} already`)
  }
}

/** A search takes longer than it may. */
export class SearchUnfinishedError extends DomainError {
  constructor() {
    super(
      'The search takes too long; large tables are being indexed, so that it will be quick in some minutes',
    )
  }
}
