// `npm run check`: types, format and lint, layers, dead code. One line a tool; what a failed one said follows it.
import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Tool {
  name: string
  command: string
  args: string[]
}

const CONCURRENT_MAX = 2
const root = fileURLToPath(new URL('..', import.meta.url))

const cruise = (config: string) => ['--config', config, ...CRUISED]
const CRUISED = ['src', 'workers', 'durable-objects', 'dev', 'bench', 'test']

// Of the two compilers that are installed, which one `.bin/tsc` is follows from the order of installing.
const types = (config: string) => ({ command: '../typescript-7/bin/tsc', args: ['--noEmit', '-p', config] })

const tools: Tool[] = [
  { name: 'types of the Workers', ...types('tsconfig.json') },
  { name: 'types of the tools', ...types('tsconfig.node.json') },
  { name: 'types of the Worker tests', ...types('tsconfig.worker-tests.json') },
  { name: 'types of the pages', ...types('tsconfig.web.json') },
  { name: 'format and lint', command: 'biome', args: ['ci', '--colors=off', '.'] },
  { name: 'layers', command: 'depcruise', args: cruise('.dependency-cruiser.cjs') },
  { name: 'bundles', command: 'depcruise', args: cruise('.dependency-cruiser.runtime.cjs') },
  { name: 'dead code', command: 'knip', args: ['--no-progress'] },
]

/** Runs a tool; answers with whether it passed. */
async function check({ name, command, args }: Tool): Promise<boolean> {
  const began = performance.now()
  const child = spawn(`node_modules/.bin/${command}`, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      output += error.message
      resolve(1)
    })
    child.on('close', resolve)
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name} (${basename(command)}, ${seconds} s)`)
  if (code !== 0) console.log(output.trimEnd().replace(/^/gm, '    '))
  return code === 0
}

async function checkAll(): Promise<boolean[]> {
  const waiting = [...tools]
  const results: boolean[] = []
  const work = async () => {
    for (let tool = waiting.shift(); tool; tool = waiting.shift()) results.push(await check(tool))
  }
  await Promise.all(Array.from({ length: CONCURRENT_MAX }, work))
  return results
}

const results = await checkAll()
process.exitCode = results.every(Boolean) ? 0 : 1
