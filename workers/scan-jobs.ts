import { waitUntil } from 'cloudflare:workers'
import type { ImportJob } from '../durable-objects/import-job.ts'
import type { Ingest } from '../durable-objects/ingest.ts'
import type { Scan } from '../durable-objects/scan.ts'
import type { ScanJobs } from '../src/domain/scan-jobs.ts'
import type { ProcessBindings } from './process-jobs.ts'

/** The jobs Worker's Durable Objects as the other Workers are bound to them. */
export interface JobBindings extends ProcessBindings {
  IMPORT: DurableObjectNamespace<ImportJob>
  INGEST: DurableObjectNamespace<Ingest>
  SCAN: DurableObjectNamespace<Scan>
}

/** Says, percent-encoded, which principal wants to watch a scan; only Workers that are bound to it can send it. */
export const WATCHER_HEADER = 'x-watcher'

/** The long work of scans and imports, each one's in its own Durable Objects. */
export function scanJobs({ IMPORT, INGEST, SCAN }: JobBindings): ScanJobs {
  const ingest = (scanId: number) => INGEST.get(INGEST.idFromName(String(scanId)))
  const scan = (scanId: number) => SCAN.get(SCAN.idFromName(String(scanId)))
  const importJob = (importId: number) => IMPORT.get(IMPORT.idFromName(String(importId)))
  return {
    startIngest: (scanId) => ingest(scanId).start(scanId),
    waitForIngest: (scanId, waitMs) => ingest(scanId).wait(scanId, waitMs),
    replaceImage: (request) => ingest(request.scanId).replace(request),
    rectify: (request) => scan(request.scanId).rectify(request),
    startBake: (scanId, rectificationId) => scan(scanId).startBake(scanId, rectificationId),
    exportGeotiff: (scanId, rectificationId, waitMs) =>
      scan(scanId).exportGeotiff(scanId, rectificationId, waitMs),
    watch: (scanId, principal) =>
      scan(scanId).fetch(`https://scan/${scanId}`, {
        headers: { upgrade: 'websocket', [WATCHER_HEADER]: encodeURIComponent(JSON.stringify(principal)) },
      }),
    tell: (scanId, news) =>
      waitUntil(
        scan(scanId)
          .tell(news)
          .catch((error) => console.error(`watchers of scan ${scanId} were not told:`, error)),
      ),
    async cancel(scanId) {
      await Promise.all([ingest(scanId).cancel(), scan(scanId).cancel()])
    },
    startImport: (importId) => importJob(importId).start(importId),
    cancelImport: (importId) => importJob(importId).cancel(),
  }
}
