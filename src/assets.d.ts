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

// Reference systems of the EPSG dataset, which `npm run build` makes out of the epsg-index package.
declare module '*/build/epsg.mjs' {
  const table: string
  export default table
}
