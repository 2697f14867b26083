import type { TestProject } from 'vitest/node'
import { freePort } from '../../dev/free-port.ts'
import { startServer } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the instance that all end-to-end tests share. */
    baseUrl: string
    /** The one loopback `host:port` that its uploads by address may reach; a test may listen there. */
    fetchAllowed: string
    /** The loopback `host:port` where it looks for the providers that people sign in through. */
    identityProvider: string
    /** Pages of this origin get a token from it without anybody being asked. */
    trustedOrigin: string
    /** Its data directory. */
    dataDir: string
  }
}

const TRUSTED_ORIGIN = 'https://app.example'

/** One instance for all end-to-end tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const fetchAllowed = `127.0.0.1:${await freePort()}`
  const identityProvider = `127.0.0.1:${await freePort()}`
  const server = await startServer({
    env: {
      FETCH_ALLOW: `${fetchAllowed},${identityProvider}`,
      AUTH_ORIGINS: TRUSTED_ORIGIN,
      OAUTH_GOOGLE_ISSUER: `http://${identityProvider}`,
      OAUTH_GOOGLE_CLIENT_ID: 'graticule',
      OAUTH_GOOGLE_CLIENT_SECRET: 'secret of google',
      OAUTH_GITHUB_ISSUER: `http://${identityProvider}/login/oauth`,
      OAUTH_GITHUB_CLIENT_ID: 'graticule',
      OAUTH_GITHUB_CLIENT_SECRET: 'secret of github',
      OAUTH_MEDIAWIKI_ISSUER: `http://${identityProvider}/w/rest.php/oauth2`,
      OAUTH_MEDIAWIKI_CLIENT_ID: 'graticule',
      OAUTH_MEDIAWIKI_CLIENT_SECRET: 'secret of mediawiki',
    },
  })
  project.provide('fetchAllowed', fetchAllowed)
  project.provide('identityProvider', identityProvider)
  project.provide('trustedOrigin', TRUSTED_ORIGIN)
  project.provide('baseUrl', server.url)
  project.provide('dataDir', server.dataDir)
  return async () => {
    await server.stop()
  }
}
