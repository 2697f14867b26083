/** GDAL compiled to WebAssembly (gdal3.js), started without its data files and told to keep small. */
import { FormatError } from '../format-error.ts'

/** The parts of Emscripten's in-memory file system that are used here. */
export interface MemoryFile {
  contents: Uint8Array | null
  usedBytes: number
  node_ops: { setattr(node: MemoryFile, attributes: { size?: number }): void }
}

interface MemoryFileSystem {
  mkdirTree(path: string): void
  readFile(path: string): Uint8Array<ArrayBuffer>
  createDataFile(
    parent: string,
    name: string,
    data: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    canOwn: boolean,
  ): MemoryFile
  unlink(path: string): void
  lookupPath(path: string): { node: unknown }
}

type CallArgument = number | string | null

/** The Emscripten module: C functions by name, and its files. */
export interface GdalModule {
  readonly FS: MemoryFileSystem
  readonly HEAPU8: Uint8Array
  readonly HEAP32: Int32Array
  ccall(name: string, result: 'number' | 'string' | null, types: string[], values: CallArgument[]): unknown
  lengthBytesUTF8(text: string): number
  stringToUTF8(text: string, at: number, maxBytes: number): void
  _malloc(bytes: number): number
  _free(at: number): void
}

type GdalFactory = (overrides: Record<string, unknown>) => Promise<unknown>

export interface GdalSource {
  /** The default export of the patched glue. */
  glue: unknown
  wasmModule: WebAssembly.Module
  /** GDAL configuration beside the defaults here. */
  config?: Record<string, string>
}

/** A running GDAL. One instance has one linear memory; drop it and open another to give memory back. */
export class Gdal {
  readonly module: GdalModule
  /** What GDAL's error handler printed since the last call began. */
  readonly #complaints: string[]

  constructor(module: GdalModule, complaints: string[]) {
    this.module = module
    this.#complaints = complaints
  }

  /** Size of the linear memory now, in bytes. It grows and never shrinks. */
  get memoryBytes(): number {
    return this.module.HEAPU8.byteLength
  }

  /**
   * Opens a raster file of the in-memory file system, or a name that the driver understands, for reading.
   * @param driver GDAL's name of the only driver to try: a file must not choose another by what it contains
   * @returns the dataset's handle; give it back with `close`
   * @throws FormatError `undecodable` with GDAL's reason
   */
  open(path: string, driver: string): number {
    const readRasterVerbose = 0x02 | 0x40
    const drivers = this.stringList([driver])
    const handle = this.run('cannot open the image', () =>
      this.module.ccall(
        'GDALOpenEx',
        'number',
        ['string', 'number', 'number', 'number', 'number'],
        [path, readRasterVerbose, drivers.at, 0, 0],
      ),
    )
    drivers.free()
    if (handle === 0) throw this.failure('cannot open the image')
    return handle
  }

  /** Sets one of GDAL's configuration options from now on. */
  configure(option: string, value: string): void {
    this.module.ccall('CPLSetConfigOption', null, ['string', 'string'], [option, value])
  }

  close(dataset: number): void {
    this.module.ccall('GDALClose', null, ['number'], [dataset])
  }

  /**
   * `gdal_translate` of an open dataset into a file.
   * @throws FormatError `undecodable` with GDAL's reason, also when GDAL went on after an error
   */
  translate(dataset: number, target: string, args: readonly string[]): void {
    const { module } = this
    const list = this.stringList(args)
    const translateOptions = ['number', 'number']
    const options = module.ccall('GDALTranslateOptionsNew', 'number', translateOptions, [
      list.at,
      0,
    ]) as number
    list.free()
    const output = this.run('cannot decode the image', () =>
      module.ccall(
        'GDALTranslate',
        'number',
        ['string', 'number', 'number', 'number'],
        [target, dataset, options, 0],
      ),
    )
    module.ccall('GDALTranslateOptionsFree', null, ['number'], [options])
    if (output !== 0) this.close(output)
    if (output === 0 || this.errors().length > 0) throw this.failure('cannot decode the image')
  }

  /** Calls into GDAL; a trap, such as C++ running out of memory, becomes a failure too. */
  run(what: string, call: () => unknown): number {
    this.#complaints.length = 0
    try {
      return call() as number
    } catch (error) {
      throw new FormatError('undecodable', `${what}: the decoder broke down (${error})`)
    }
  }

  /** What GDAL printed since the last call began, line by line. */
  get complaints(): readonly string[] {
    return this.#complaints
  }

  /** GDAL goes on after some errors, and forgets them: only what it printed tells of them all. */
  errors(): string[] {
    return this.#complaints.flatMap((line) => ERROR_LINE.exec(line)?.[1] ?? [])
  }

  /** A failure with the first reason that GDAL gave. */
  failure(what: string): FormatError {
    const [reason] = this.errors()
    return new FormatError('undecodable', reason === undefined ? what : `${what}: ${reason}`)
  }

  /** A list of texts as GDAL's functions take it, until it is freed. */
  stringList(items: readonly string[]): { at: number; free(): void } {
    const { module } = this
    const pointers = items.map((item) => {
      const bytes = module.lengthBytesUTF8(item) + 1
      const at = module._malloc(bytes)
      module.stringToUTF8(item, at, bytes)
      return at
    })
    const at = module._malloc(4 * (pointers.length + 1))
    module.HEAP32.set([...pointers, 0], at >> 2)
    return {
      at,
      free() {
        for (const pointer of [...pointers, at]) module._free(pointer)
      },
    }
  }
}

/** An error, or a warning that libjpeg made up pixels (superfluous bytes it merely skips), without GDAL's advice. */
const ERROR_LINE =
  /^(?:ERROR \d+: |Warning \d+: (?=libjpeg: (?:Corrupt JPEG data: (?!\d+ extraneous)|Premature)))(.*?)(?: \(this \w+ can be turned .*)?$/

const DEFAULT_CONFIG = {
  GDAL_CACHEMAX: '8',
  GDAL_PAM_ENABLED: 'NO',
  GDAL_NUM_THREADS: '1',
  // Without it GDAL falls silent after a thousand errors.
  CPL_MAX_ERROR_REPORTS: '2000000000',
}

/**
 * Starts GDAL. Nothing is fetched: the wasm module is handed in, and PROJ's database and GDAL's tables are left
 * out, so datasets can be read and written but not reprojected between named reference systems.
 */
export async function openGdal(source: GdalSource): Promise<Gdal> {
  const factory = source.glue as GdalFactory
  const complaints: string[] = []
  const module = (await factory({
    // Makes the glue skip its loader of the data package.
    $ww: true,
    print() {},
    printErr: (line: string) => complaints.push(line),
    instantiateWasm(
      imports: never,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) {
      const instance = new WebAssembly.Instance(source.wasmModule, imports)
      done(instance, source.wasmModule)
      return instance.exports
    },
    preRun: [
      (booting: { ENV: Record<string, string> }) =>
        Object.assign(booting.ENV, DEFAULT_CONFIG, source.config ?? {}),
    ],
  })) as GdalModule
  module.ccall('GDALAllRegister', null, [], [])
  return new Gdal(module, complaints)
}
