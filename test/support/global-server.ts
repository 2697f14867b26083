import type { TestProject } from 'vitest/node'
import { freePort, startServer } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the instance that all end-to-end tests share. */
    baseUrl: string
    /** The one loopback `host:port` that its uploads by address may reach; a test may listen there. */
    fetchAllowed: string
    /** Its data directory. */
    dataDir: string
  }
}

/** One instance for all end-to-end tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const fetchAllowed = `127.0.0.1:${await freePort()}`
  const server = await startServer({ env: { FETCH_ALLOW: fetchAllowed } })
  project.provide('fetchAllowed', fetchAllowed)
  project.provide('baseUrl', server.url)
  project.provide('dataDir', server.dataDir)
  return async () => {
    await server.stop()
  }
}
