// What wrangler's module rules turn into values at build time.
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

declare module '*.ttf' {
  const bytes: ArrayBuffer
  export default bytes
}

// GDAL's loader, which `npm run build` makes out of the gdal3.js package.
declare module '*/build/gdal-glue.mjs' {
  const factory: unknown
  export default factory
}

// esbuild's loader, which `npm run build` makes out of the esbuild-wasm package.
declare module '*/build/esbuild-glue.mjs' {
  export const startRunningService: (
    address: string,
    wasmModule: WebAssembly.Module,
    withThread: boolean,
  ) => Promise<unknown>
}

// The beginning and the end of DXF files by their names, which `npm run build` takes out of the gdal3.js package.
declare module '*/build/dxf-templates.mjs' {
  const templates: Record<string, string>
  export default templates
}

// Reference systems of the EPSG dataset, which `npm run build` makes out of the epsg-index package.
declare module '*/build/epsg.mjs' {
  const table: string
  export default table
}
