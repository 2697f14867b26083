import { FormatError } from '../format-error.ts'
import type { SyncByteSource } from '../sync-bytes.ts'
import type { Gdal } from './module.ts'
import { type FileFolder, mountFolder, mountSource } from './mounted-files.ts'

export type { FileFolder } from './mounted-files.ts'

const OUTPUT = '/out'
const READ_VECTOR_VERBOSE = 0x04 | 0x40
/** What is told of GDAL's complaints at most. */
const COMPLAINT_MAX_CHARACTERS = 300

/** What GDAL is to read, and how. */
export interface VectorInput {
  /** Where it, or the one of its files that names it, has been mounted. */
  path: string
  /** GDAL's names of the only drivers to try: a file must not choose another by what it contains. */
  drivers: readonly string[]
  /** `NAME=VALUE` */
  openOptions?: readonly string[]
}

/** A field of a layer, by GDAL's words for types (`Integer64`, `DateTime`) and subtypes (`Boolean`, `JSON`). */
export interface VectorField {
  name: string
  type: string
  subType?: string
  nullable?: boolean
  alias?: string
}

/** The geometry of a layer's features. */
export interface VectorGeometryField {
  name: string
  /** Such as `3D Multi Polygon`, or `MultiPolygon`. */
  type: string
  /** Smallest x, y and greatest x, y. */
  extent?: number[]
  coordinateSystem?: { wkt: string; projjson?: unknown }
}

/** What GDAL tells of a layer. */
export interface VectorLayer {
  name: string
  geometryFields: VectorGeometryField[]
  /** Negative where it is not known without reading all. */
  featureCount: number
  fields: VectorField[]
}

/** What `ogrinfo -json` tells of a file. */
export interface VectorInfo {
  driverShortName: string
  layers: VectorLayer[]
}

/**
 * GDAL's vector half: files mounted from elsewhere are read, and those it makes lie elsewhere, so that neither is ever
 * whole in memory. One is for one job; it has no reference systems but those that files bring as text.
 */
export class VectorGdal {
  readonly #gdal: Gdal

  constructor(gdal: Gdal) {
    this.#gdal = gdal
  }

  /** Size of the linear memory now, in bytes. */
  get memoryBytes(): number {
    return this.#gdal.memoryBytes
  }

  /** Sets one of GDAL's configuration options from now on. */
  configure(option: string, value: string): void {
    this.#gdal.configure(option, value)
  }

  /** Makes a file to be read at an absolute path; siblings of a format's set lie in one folder. */
  mount(path: string, source: SyncByteSource): void {
    mountSource(this.#gdal.module, path, source)
  }

  /** What lies below the folder `/out`, where `translate` writes to. */
  mountOutput(files: FileFolder): void {
    mountFolder(this.#gdal.module, OUTPUT, files)
  }

  /**
   * The layers of a file with their fields, systems and extents.
   * @throws FormatError `undecodable` with GDAL's reason
   */
  info(input: VectorInput): VectorInfo {
    const gdal = this.#gdal
    return this.#opened(input, (dataset) => {
      const list = gdal.stringList(['-json', '-so'])
      const options = gdal.module.ccall('GDALVectorInfoOptionsNew', 'number', TWO_NUMBERS, [list.at, 0])
      list.free()
      let text = ''
      gdal.run('cannot read the file', () => {
        text = gdal.module.ccall('GDALVectorInfo', 'string', TWO_NUMBERS, [
          dataset,
          options as number,
        ]) as string
        return 0
      })
      gdal.module.ccall('GDALVectorInfoOptionsFree', null, ['number'], [options as number])
      this.#check('cannot read the file', text !== '')
      return { ...(JSON.parse(text) as VectorInfo) }
    })
  }

  /**
   * `ogr2ogr` of a file into one below `/out`.
   * @param target path below `/out`; what has no extension may become a folder
   * @param args as ogr2ogr has them (`-f`, `-lco`, names of layers, ...)
   * @returns what GDAL warned of
   * @throws FormatError `undecodable` with GDAL's reason, also where GDAL went on after an error
   */
  translate(input: VectorInput, target: string, args: readonly string[]): string[] {
    const { module } = this.#gdal
    return this.#opened(input, (dataset) => {
      const list = this.#gdal.stringList(args)
      const options = module.ccall('GDALVectorTranslateOptionsNew', 'number', TWO_NUMBERS, [list.at, 0])
      list.free()
      this.#check('cannot convert the file', options !== 0)
      const sources = module._malloc(4)
      module.HEAP32[sources >> 2] = dataset
      const output = this.#gdal.run('cannot convert the file', () => {
        const made = module.ccall(
          'GDALVectorTranslate',
          'number',
          ['string', 'number', 'number', 'number', 'number', 'number'],
          [`${OUTPUT}/${target}`, 0, 1, sources, options as number, 0],
        ) as number
        if (made !== 0) this.#gdal.close(made)
        return made
      })
      module._free(sources)
      module.ccall('GDALVectorTranslateOptionsFree', null, ['number'], [options as number])
      this.#check('cannot convert the file', output !== 0)
      return this.#complaints(WARNING_LINE)
    })
  }

  #opened<T>({ path, drivers, openOptions = [] }: VectorInput, work: (dataset: number) => T): T {
    const gdal = this.#gdal
    const [driverList, optionList] = [gdal.stringList(drivers), gdal.stringList(openOptions)]
    const dataset = gdal.run('cannot open the file', () =>
      gdal.module.ccall(
        'GDALOpenEx',
        'number',
        ['string', 'number', 'number', 'number', 'number'],
        [path, READ_VECTOR_VERBOSE, driverList.at, optionList.at, 0],
      ),
    )
    driverList.free()
    optionList.free()
    this.#check('cannot open the file', dataset !== 0)
    try {
      return work(dataset)
    } finally {
      gdal.close(dataset)
    }
  }

  #check(what: string, isDone: boolean): void {
    const [reason] = this.#complaints(ERROR_LINE)
    if (isDone && reason === undefined) return
    throw new FormatError('undecodable', reason === undefined ? what : `${what}: ${reason}`)
  }

  /** Each once, without our own folders' names. */
  #complaints(pattern: RegExp): string[] {
    const told = this.#gdal.complaints.flatMap((line) => pattern.exec(line)?.[1] ?? [])
    return [...new Set(told.map((text) => readable(text).slice(0, COMPLAINT_MAX_CHARACTERS)))]
  }
}

const TWO_NUMBERS = ['number', 'number']
const readable = (text: string): string => text.replaceAll(/\/(?:in|out)\/+/g, '')

/** There is no database of reference systems, and nobody needs it. */
const ERROR_LINE = /^ERROR \d+: (?!PROJ: |Cannot find proj\.db)(.*)$/
const WARNING_LINE = /^Warning \d+: (?!PROJ: )(.*)$/
