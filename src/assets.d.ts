// What wrangler's module rules turn into values at build time.
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

// GDAL's loader, which `npm run build` makes out of the gdal3.js package.
declare module '*/build/gdal-glue.mjs' {
  const factory: unknown
  export default factory
}
