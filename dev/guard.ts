// `node guard.ts COMMAND ARG...` runs a command that must not outlive the process that asked for it. The guard leads a
// process group of its own with the command and all its descendants, and ends that group when its standard input
// closes, which happens however the parent dies. SIGTERM is passed on to the command.
import { spawn } from 'node:child_process'

const [command, ...args] = process.argv.slice(2)
const child = spawn(command ?? '', args, { stdio: ['ignore', 'inherit', 'inherit'] })

function endGroup() {
  process.kill(-process.pid, 'SIGKILL')
}

process.stdin.on('end', endGroup)
process.stdin.on('error', endGroup)
process.stdin.resume()
process.on('SIGTERM', () => child.kill('SIGTERM'))
process.on('SIGINT', () => {})
child.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
child.on('exit', (code) => process.exit(code ?? 1))
