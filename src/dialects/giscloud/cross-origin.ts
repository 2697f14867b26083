import { crossOrigin as crossOriginWith } from '../../http/cross-origin.ts'

export const crossOrigin = crossOriginWith({
  exposed: [
    ...['Allow', 'Content-Disposition', 'ETag', 'Location'],
    ...['X-Graticule-Bounds', 'X-Graticule-Partial'],
  ],
})
