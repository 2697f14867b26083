export { assertWithinBudget } from './budget.ts'
export { type ByteSource, memorySource } from './byte-source.ts'
export type { ImageInfo } from './image-info.ts'
export { probeImage } from './probe-image.ts'
