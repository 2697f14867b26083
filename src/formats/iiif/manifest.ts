import { FormatError } from '../format-error.ts'
import { asList, asNode, contextsOf, idOf, kindsOf, type Node, nodesOf, textsOf } from './json-ld.ts'
import { plainText } from './plain-text.ts'

/** Where an image is: behind an image service, or just a file. */
export type ImageAddress = { service: string } | { file: string }

export interface Canvas {
  id: string | null
  /** The first image painted on it; null where there is none. */
  image: ImageAddress | null
}

export interface Manifest {
  label: string
  /** The summary, then who is to be named. */
  description: string
  canvases: Canvas[]
}

const PRESENTATION_API = /iiif\.io\/api\/presentation|shared-canvas\.org\/ns\/context/

/** Whether a document is of the Presentation API: a manifest, or what a manifest may be found in. */
export function isPresentation(document: Node): boolean {
  if (contextsOf(document).some((context) => PRESENTATION_API.test(context))) return true
  return kindsOf(document).some((kind) => kind === 'Manifest' || kind === 'Collection')
}

/** Reads a manifest of the IIIF Presentation API 2 or 3. @throws FormatError `bad-iiif` */
export function parseManifest(document: unknown): Manifest {
  const manifest = asNode(document)
  const [kind] = kindsOf(manifest)
  if (kind === 'Collection')
    throw new FormatError('bad-iiif', 'is a IIIF collection: name one of its manifests')
  if (kind !== 'Manifest')
    throw new FormatError(
      'bad-iiif',
      `is a IIIF document of the type ${String(kind).slice(0, 50)}, no manifest`,
    )
  const isSecond = manifest.sequences !== undefined
  const canvases = isSecond
    ? nodesOf(asNode(asList(manifest.sequences)[0]).canvases)
    : nodesOf(manifest.items)
  return {
    label: plainText(manifest.label),
    description: descriptionOf(manifest),
    canvases: canvases.map((canvas) => ({
      id: idOf(canvas),
      image: firstImage(
        isSecond ? nodesOf(canvas.images).map(({ resource }) => resource) : paintings(canvas),
      ),
    })),
  }
}

/** The canvas with an id, or at a place counted from 0; the first where none is asked for. @throws FormatError */
export function chooseCanvas(
  { canvases }: Manifest,
  wanted: string | null,
): Canvas & { image: ImageAddress } {
  const canvas =
    wanted === null
      ? canvases[0]
      : (canvases.find(({ id }) => id === wanted) ??
        (/^\d{1,9}$/.test(wanted) ? canvases[Number(wanted)] : undefined))
  if (!canvas && canvases.length === 0)
    throw new FormatError('bad-iiif', 'is a IIIF manifest without a canvas')
  if (!canvas)
    throw new FormatError(
      'bad-iiif',
      `is a IIIF manifest of ${canvases.length} canvases, of which none is ${JSON.stringify(wanted?.slice(0, 200))}`,
    )
  const { image } = canvas
  if (!image) throw new FormatError('bad-iiif', 'is a IIIF manifest with no image on that canvas')
  return { ...canvas, image }
}

function descriptionOf(manifest: Node): string {
  const statements = [...nodesOf(manifest.requiredStatement)].map(({ label, value }) =>
    [plainText(label), plainText(value)].filter((text) => text !== '').join(': '),
  )
  return [plainText(manifest.summary ?? manifest.description), ...statements, plainText(manifest.attribution)]
    .filter((text) => text !== '')
    .join('\n')
}

/** What is painted on a canvas of Presentation 3. */
const paintings = (canvas: Node): unknown[] =>
  nodesOf(canvas.items)
    .flatMap((page) => nodesOf(page.items))
    .filter((annotation) => asList(annotation.motivation ?? 'painting').includes('painting'))
    .flatMap(({ body }) => asList(body))

function firstImage(resources: unknown[]): ImageAddress | null {
  const found = nodesOf(resources).flatMap((resource) => imageOf(resource, 0))
  return found.find((image) => 'service' in image) ?? found[0] ?? null
}

const DEPTH_MAX = 3

/** The image a resource is, or the first of those it leaves the choice between. */
function imageOf(resource: Node, depth: number): ImageAddress[] {
  const inner = [
    ...nodesOf(resource.default),
    ...nodesOf(resource.items),
    ...nodesOf(resource.item),
    ...nodesOf(resource.source),
    ...nodesOf(resource.full),
  ]
  const [first] = inner
  if (first && depth < DEPTH_MAX) return imageOf(first, depth + 1)
  const service = nodesOf(resource.service).find(isImageServiceReference)
  const base = service && idOf(service)
  if (base) return [{ service: base.replace(/\/info\.json$/, '').replace(/\/+$/, '') }]
  const file = idOf(resource)
  const isImage = kindsOf(resource).every((kind) => kind === 'Image')
  return file && isImage ? [{ file }] : []
}

const isImageServiceReference = (service: Node): boolean =>
  kindsOf(service).some((kind) => /^ImageService/.test(kind)) ||
  [...contextsOf(service), ...textsOf(service.profile)].some((text) =>
    /iiif\.io\/api\/image|image-api|^level\d/.test(text),
  )
