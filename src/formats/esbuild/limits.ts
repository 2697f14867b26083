/** The linear memory esbuild starts with. */
export const ESBUILD_MEMORY_MIN_MIB = 6
/** The linear memory esbuild may grow to; sources and results lie beside it in an isolate of 128 MB. */
export const ESBUILD_MEMORY_MAX_MIB = 80
/** From here on its garbage collector does all it can to keep the heap small. */
export const ESBUILD_HEAP_TARGET_MIB = 64
