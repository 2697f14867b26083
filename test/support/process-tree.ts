import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { parentOf, startTime } from '../../dev/process-table.ts'

/** A process, told from a later one with the same id. */
export interface ProcessIdentity {
  pid: number
  started: string
}

/** A process and all its descendants, as they are now. */
export async function processTree(root: number): Promise<ProcessIdentity[]> {
  const children = Map.groupBy(await processIds(), parentOf)
  const tree: ProcessIdentity[] = []
  const open = [root]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const started = startTime(pid)
    if (started) tree.push({ pid, started })
    open.push(...(children.get(pid) ?? []))
  }
  return tree
}

/** Those of the processes that are still there. */
export function stillRunning(processes: ProcessIdentity[]): ProcessIdentity[] {
  return processes.filter(({ pid, started }) => startTime(pid) === started)
}

async function processIds(): Promise<number[]> {
  if (process.platform === 'linux')
    return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid='])
  return stdout.trim().split(/\s+/).map(Number)
}
