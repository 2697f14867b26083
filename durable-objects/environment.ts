import type { DatabaseEnv } from '../src/store/database.ts'

/** Bindings of the jobs Worker. */
export interface JobEnv extends DatabaseEnv {
  BUCKET: R2Bucket
}
