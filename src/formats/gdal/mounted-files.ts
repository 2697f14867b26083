import type { SyncByteFile, SyncByteSource } from '../sync-bytes.ts'
import type { GdalModule } from './module.ts'

/** Where the files that GDAL makes lie, by their paths below one folder. */
export interface FileFolder {
  file(name: string): SyncByteFile
  remove(name: string): void
  rename(name: string, to: string): void
}

/** What Emscripten calls of a file or folder. */
interface Node {
  name: string
  parent: Node
  mode: number
  timestamp: number
  usedBytes: number
  node_ops: NodeOperations
  stream_ops: StreamOperations
}

interface NodeOperations {
  setattr(node: Node, attributes: { size?: number; mode?: number; timestamp?: number }): void
  mknod(parent: Node, name: string, mode: number, dev: number): Node
  unlink(parent: Node, name: string): void
  rename(node: Node, folder: Node, name: string): void
}

interface StreamOperations {
  read(stream: { node: Node }, heap: Uint8Array, at: number, length: number, position: number): number
  write(stream: { node: Node }, heap: Uint8Array, at: number, length: number, position: number): number
  allocate(stream: { node: Node }, offset: number, length: number): void
}

const FILE_TYPE_MASK = 0o170000
const FOLDER = 0o040000

const nodeAt = (module: GdalModule, path: string): Node => module.FS.lookupPath(path).node as Node

/** Makes a file that GDAL reads, and whose bytes stay where they are. */
export function mountSource(module: GdalModule, path: string, source: SyncByteSource): void {
  const slash = path.lastIndexOf('/')
  const folder = path.slice(0, slash) || '/'
  module.FS.mkdirTree(folder)
  module.FS.createDataFile(folder, path.slice(slash + 1), new Uint8Array(0), true, false, true)
  const node = nodeAt(module, path)
  node.usedBytes = source.size
  node.stream_ops = { ...node.stream_ops, read: readingFrom(source) }
}

/** Makes a folder whose files lie in another. */
export function mountFolder(module: GdalModule, path: string, files: FileFolder): void {
  module.FS.mkdirTree(path)
  keepFiles(nodeAt(module, path), files, '')
}

function keepFiles(folder: Node, files: FileFolder, prefix: string): void {
  const plain = folder.node_ops
  folder.node_ops = {
    ...plain,
    mknod(parent, name, mode, dev) {
      const node = plain.mknod(parent, name, mode, dev)
      if ((mode & FILE_TYPE_MASK) === FOLDER) keepFiles(node, files, `${prefix}${name}/`)
      else keepFile(node, files.file(prefix + name))
      return node
    },
    unlink(parent, name) {
      plain.unlink(parent, name)
      files.remove(prefix + name)
    },
    rename(node, to, name) {
      const before = prefix + node.name
      plain.rename(node, to, name)
      files.rename(before, prefix + name)
      keepFile(node, files.file(prefix + name))
    },
  }
}

function keepFile(node: Node, file: SyncByteFile): void {
  node.usedBytes = file.size
  const { setattr } = node.node_ops
  node.node_ops = {
    ...node.node_ops,
    setattr(changed, { size, ...others }) {
      setattr(changed, others)
      if (size === undefined) return
      file.truncate(size)
      changed.usedBytes = size
    },
  }
  node.stream_ops = {
    ...node.stream_ops,
    read: readingFrom(file),
    write(_stream, heap, at, length, position) {
      file.write(position, heap.subarray(at, at + length))
      node.usedBytes = Math.max(node.usedBytes, position + length)
      node.timestamp = Date.now()
      return length
    },
    allocate(_stream, offset, length) {
      if (offset + length <= node.usedBytes) return
      file.truncate(offset + length)
      node.usedBytes = offset + length
    },
  }
}

const readingFrom =
  (source: SyncByteSource): StreamOperations['read'] =>
  (_stream, heap, at, length, position) =>
    source.read(position, heap.subarray(at, at + length))
