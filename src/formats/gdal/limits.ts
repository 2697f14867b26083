/** The linear memory GDAL starts with; its static data and stack take 5.8 MiB. */
export const WASM_MEMORY_MIN_MIB = 8
/** The linear memory GDAL may grow to: half of the 128 MB an isolate has. */
export const WASM_MEMORY_MAX_MIB = 64
