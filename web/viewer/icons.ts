import type { Tool } from './tools.ts'

/** Strokes of the tools' signs in a square of 24. */
const PATHS: Readonly<Record<Tool, string>> = {
  zoomIn: 'M12 5v14M5 12h14',
  zoomOut: 'M5 12h14',
  fullExtent: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  identify: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v6M12 7.2v.1',
  measure: 'M3 16.5 16.5 3 21 7.5 7.5 21zM7 12.5l2 2M10 9.5l2.5 2.5M13 6.5l2 2',
  layers: 'M12 3 2.5 8.5 12 14l9.5-5.5zM2.5 13 12 18.5 21.5 13',
  legend: 'M4 5h4v4H4zM4 15h4v4H4zM12 7h9M12 17h9',
  basemaps: 'M9 4 3 6.5v13.5l6-2.5 6 2.5 6-2.5V4l-6 2.5zM9 4v13.5M15 6.5v13.5',
}

const SVG = 'http://www.w3.org/2000/svg'

/** The sign of a tool; its button tells what it is. */
export function icon(tool: Tool): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  for (const [name, value] of Object.entries({ viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }))
    svg.setAttribute(name, value)
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', PATHS[tool])
  svg.append(path)
  return svg
}
