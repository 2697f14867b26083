import kernel from '../../build/kernel.wasm'
import { initKernel } from '../../src/geo/warp/wasm-kernel.ts'

initKernel(kernel)

export { ImportJob } from '../../durable-objects/import-job.ts'
export { Ingest } from '../../durable-objects/ingest.ts'
export { ProcessJob } from '../../durable-objects/process-job.ts'
export { Scan } from '../../durable-objects/scan.ts'

export default {
  fetch: () => Response.json({ status: 'ok' }),
} satisfies ExportedHandler
