// What wrangler's module rules turn into values at build time.
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
