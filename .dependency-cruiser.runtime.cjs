/** What reaches a bundle: types are left out, so that a chain of imports here is one that loads. */
const { options } = require('./.dependency-cruiser.cjs')

module.exports = {
  forbidden: [
    {
      name: 'gdal-in-jobs-only',
      severity: 'error',
      comment: 'The api and tiles Workers never load gdal',
      from: { path: '^workers/(api|tiles)/' },
      to: { path: '^src/formats/gdal/|^build/gdal|(^|/)gdal3.js', reachable: true },
    },
    {
      name: 'esbuild-in-optimize-only',
      severity: 'error',
      comment: 'Beside gdal there is no room for it, and elsewhere no use',
      from: { path: '^workers/(api|tiles|render|jobs)/' },
      to: { path: '^build/esbuild|(^|/)esbuild-wasm', reachable: true },
    },
  ],
  options: { ...options, tsPreCompilationDeps: false },
}
