import type { Ingest } from '../durable-objects/ingest.ts'
import type { Scan } from '../durable-objects/scan.ts'
import type { ScanJobs } from '../src/domain/scan-jobs.ts'

/** The jobs Worker's Durable Objects as the other Workers are bound to them. */
export interface JobBindings {
  INGEST: DurableObjectNamespace<Ingest>
  SCAN: DurableObjectNamespace<Scan>
}

/** The long work of scans, each scan's in its own Durable Objects. */
export function scanJobs({ INGEST, SCAN }: JobBindings): ScanJobs {
  const ingest = (scanId: number) => INGEST.get(INGEST.idFromName(String(scanId)))
  const scan = (scanId: number) => SCAN.get(SCAN.idFromName(String(scanId)))
  return {
    startIngest: (scanId) => ingest(scanId).start(scanId),
    waitForIngest: (scanId, waitMs) => ingest(scanId).wait(scanId, waitMs),
    rectify: (request) => scan(request.scanId).rectify(request),
    exportGeotiff: (scanId, rectificationId, waitMs) =>
      scan(scanId).exportGeotiff(scanId, rectificationId, waitMs),
    async cancel(scanId) {
      await Promise.all([ingest(scanId).cancel(), scan(scanId).cancel()])
    },
  }
}
