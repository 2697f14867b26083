import type { z } from '@hono/zod-openapi'
import type { Context } from '../../../domain/context.ts'
import type { StagedJobFile } from '../../../domain/job-files.ts'
import type { JobRecord } from '../../../domain/jobs.ts'
import type { Principal } from '../../../store/principal.ts'

/** What a process is begun with. */
export interface Execution<Inputs> {
  context: Context
  principal: Principal
  /** Id that the job is to have, where files have been stored under it. */
  jobId: string
  inputs: Inputs
  /** The file that came with the request, by whatever way. */
  file: StagedJobFile | null
}

/** One output of a job: a value of JSON, or a file of the bucket. */
export type Output = { value: unknown } | { file: OutputFile }

export interface OutputFile {
  key: string
  name: string
  contentType: string
  byteSize: number
  /** What was changed or left out, for a person. */
  warnings: string[]
}

export interface OutputDefinition {
  title: string
  description: string
  schema: Record<string, unknown>
}

/** Whose results are told to whom. */
export interface ResultsRequest {
  context: Context
  principal: Principal
  job: JobRecord
  /** Address of the face, `https://host/ogc`. */
  root: string
}

/** A process as it is described, begun, and as its job's outputs are told. */
export interface ProcessDefinition<Inputs = unknown> {
  id: string
  version: string
  title: string
  description: string
  /** Whoever comes may run it; otherwise whoever is signed in. */
  isOpen: boolean
  /** The input whose value is a file that is stored while it arrives. */
  fileInput?: string
  /** What the inputs must be; the descriptions of its members are the inputs' own. */
  inputs: z.ZodObject & z.ZodType<Inputs>
  outputs: Readonly<Record<string, OutputDefinition>>
  start(execution: Execution<Inputs>): Promise<JobRecord>
  results(read: ResultsRequest): Promise<Readonly<Record<string, Output>>>
}

/** Forgets the type of the inputs, which only `start` needs. */
export const process = <Inputs>(definition: ProcessDefinition<Inputs>): ProcessDefinition =>
  definition as unknown as ProcessDefinition
