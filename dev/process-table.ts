import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Identifies a process beyond its id, which the system gives out again: the moment it started, in whatever form the
 * system tells it. Empty for a process that is not there.
 */
export function startTime(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'lstart')
  const stat = readStat(pid)
  return !stat || stat.state === 'Z' ? '' : `${bootId()} ${stat.started}`
}

/** The id of a process' parent; 0 for a process that is not there. */
export function parentOf(pid: number): number {
  return process.platform === 'linux' ? (readStat(pid)?.parent ?? 0) : Number(ps(pid, 'ppid'))
}

/** Linux' own table: a machine without `ps` has it. Field numbers as in proc_pid_stat(5). */
function readStat(pid: number): { state: string; parent: number; started: string } | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The second field is the command in brackets and may hold spaces and brackets: the third follows the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => fields[number - 3] ?? ''
  return { state: field(3), parent: Number(field(4)), started: field(22) }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
