import { type ConvolutionMethod, FILTER_RADIUS, weightTable } from './filters.ts'
import { COEFFICIENT_STRIDE } from './grid-cells.ts'

/** Linear memory of the SIMD kernel, fixed: it never grows. */
const KERNEL_MEMORY_MIB = 16
/** Room for one band of target rows. */
const BAND_MIB = 2

const MIB = 1024 * 1024
/** Everything is laid out by hand above the little that the compiler could use. */
const CELL_AT = 4096
const TABLES_AT = CELL_AT + 256
const TABLE_BYTES = 16384
const METHODS: readonly ConvolutionMethod[] = ['cubic', 'cubicspline', 'lanczos']
const BAND_AT = TABLES_AT + METHODS.length * TABLE_BYTES
const SOURCE_AT = BAND_AT + BAND_MIB * MIB
const SOURCE_BYTES_MAX = KERNEL_MEMORY_MIB * MIB - SOURCE_AT

type Convolve = (
  cell: number,
  source: number,
  stride: number,
  out: number,
  outStride: number,
  cols: number,
  rows: number,
  table: number,
) => void

interface KernelExports {
  memory: { buffer: ArrayBuffer }
  convolve4: Convolve
  convolve6: Convolve
}

let kernel: WasmKernel | null = null

/**
 * Puts the SIMD kernel to work for cubic, cubicspline and lanczos. Without it they run in JavaScript, with the same
 * result.
 *
 * @param module `build/kernel.wasm`, compiled: workerd imports it, Node compiles the file
 */
export function initKernel(module: WebAssembly.Module): void {
  kernel = new WasmKernel(new WebAssembly.Instance(module, {}).exports as unknown as KernelExports)
}

/** Goes back to JavaScript alone. */
export function unloadKernel(): void {
  kernel = null
}

/** The kernel, if it is loaded and has room for a source window and a band of target rows. */
export function kernelFor(sourceBytes: number, bandBytes: number): WasmKernel | null {
  return kernel && sourceBytes <= SOURCE_BYTES_MAX && bandBytes <= BAND_MIB * MIB ? kernel : null
}

/** One instance of the module with its memory; it holds one source and one band at a time. */
class WasmKernel {
  readonly #exports: KernelExports
  readonly #bytes: Uint8Array
  /** Coefficients of the cell that `convolve` fills. */
  readonly cell: Float64Array

  constructor(exports: KernelExports) {
    this.#exports = exports
    const { buffer } = exports.memory
    this.#bytes = new Uint8Array(buffer)
    this.cell = new Float64Array(buffer, CELL_AT, COEFFICIENT_STRIDE)
    METHODS.forEach((method, i) => {
      const table = weightTable(method)
      new Int16Array(buffer, TABLES_AT + i * TABLE_BYTES, table.length).set(table)
    })
  }

  /** Copies in the source window. */
  setSource(data: Uint8Array): void {
    this.#bytes.set(data, SOURCE_AT)
  }

  /** Empties the band. */
  clearBand(bytes: number): void {
    this.#bytes.fill(0, BAND_AT, BAND_AT + bytes)
  }

  /** The band's bytes, valid until the next call. */
  band(bytes: number): Uint8Array {
    return this.#bytes.subarray(BAND_AT, BAND_AT + bytes)
  }

  /** Fills one cell of the band; strides and offsets in pixels, as for `sampleConvolution`. */
  convolve(
    method: ConvolutionMethod,
    sourceStride: number,
    bandOffset: number,
    bandStride: number,
    cols: number,
    rows: number,
  ): void {
    const fill = FILTER_RADIUS[method] === 2 ? this.#exports.convolve4 : this.#exports.convolve6
    fill(
      CELL_AT,
      SOURCE_AT,
      sourceStride * 4,
      BAND_AT + bandOffset * 4,
      bandStride * 4,
      cols,
      rows,
      TABLES_AT + METHODS.indexOf(method) * TABLE_BYTES,
    )
  }
}
