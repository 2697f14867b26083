import type { DatabaseEnv } from '../src/store/database.ts'
import type { Scan } from './scan.ts'

/** Bindings of the jobs Worker. */
export interface JobEnv extends DatabaseEnv {
  BUCKET: R2Bucket
  SCAN: DurableObjectNamespace<Scan>
}
