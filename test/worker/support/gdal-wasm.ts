// Stands in for `build/gdal.wasm`. The test runner would hand that module over as a JSON array of 28 million numbers,
// which takes workerd longer than all tests together; as a data binding it is there at once.
import { env } from 'cloudflare:workers'

interface RunnerEnv {
  GDAL_WASM: ArrayBuffer
  /** The runner's own binding, by which it runs the tests' code. */
  __VITEST_POOL_WORKERS_UNSAFE_EVAL: { newWasmModule(bytes: ArrayBuffer): WebAssembly.Module }
}

const { GDAL_WASM, __VITEST_POOL_WORKERS_UNSAFE_EVAL } = env as unknown as RunnerEnv

export default __VITEST_POOL_WORKERS_UNSAFE_EVAL.newWasmModule(GDAL_WASM)
