import type { Gdal, MemoryFile } from './module.ts'

const DIRECTORY = '/samples'
const NAME = 'rows'

interface DirectoryNode {
  node_ops: { mknod(parent: DirectoryNode, name: string, mode: number, dev: number): MemoryFile }
}

/**
 * A raw file whose bytes lie in a buffer of ours: what GDAL writes is at hand without a copy, and no buffer grows.
 */
export class SampleSink {
  readonly path = `${DIRECTORY}/${NAME}`
  #target: Uint8Array = new Uint8Array(0)

  constructor(gdal: Gdal) {
    const { FS } = gdal.module
    FS.mkdirTree(DIRECTORY)
    const directory = FS.lookupPath(DIRECTORY).node as DirectoryNode
    const { mknod } = directory.node_ops
    directory.node_ops = {
      ...directory.node_ops,
      mknod: (parent, name, mode, dev) => {
        const node = mknod(parent, name, mode, dev)
        if (name === NAME) this.#keep(node)
        return node
      },
    }
  }

  /** Where the next file that is created at `path` has its bytes; as long as the file will be. */
  set target(bytes: Uint8Array) {
    this.#target = bytes
  }

  /** Makes a new file have its full size from the start, and truncation leave it alone. */
  #keep(node: MemoryFile): void {
    node.contents = this.#target
    node.usedBytes = this.#target.length
    node.node_ops = { ...node.node_ops, setattr() {} }
  }
}
