import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { CONFIG_PATH, PAGE_PATH, readablePath } from '../../domain/apps/app-paths.ts'
import { launchToken, principalOfLaunch } from '../../domain/apps/launch.ts'
import { type AppResource, readAppResource } from '../../domain/apps/served-files.ts'
import { NotFoundError } from '../../domain/errors.ts'
import { encodeStoragePath } from '../../domain/storage/storage-path.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { ANONYMOUS } from '../../store/principal.ts'
import { configAnswer } from './app-config.ts'
import { appPath } from './apps.ts'
import { appIdOf, restOfAddress } from './content-address.ts'
import { bytesAnswer, fileAnswer } from './content-answer.ts'
import { answers, appIdParameter, contentAnswer, page, redirect, resourceParameters } from './descriptions.ts'

const tags = ['Content']
/** `resources`, `apps` and the id; `$launch` and its token. */
const NAMES_BEFORE_PATH = 3
const NAMES_BEFORE_LAUNCHED_PATH = 5

const launched = redirect(
  'Of an app that not everyone sees, for a browser: the same page at an address that everything it loads is served at, too',
)

/** An app as it is launched: its page and what that loads. */
export function mountResources(app: OpenAPIHono<AppEnv>): void {
  const faults = [401, 404] as const
  const rootAsWell = { 206: 'Some of the file', 304: 'The file is as it was', 416: 'Beyond the file' }
  endpoint(
    app,
    {
      methods: ['get'],
      ...{ paths: ['/resources/apps/{appId}/$launch/{token}/{resourcePath}'] },
      ...{
        routes: ['/resources/apps/:appId/$launch/:token/*'],
        tags,
        summary: 'Get a resource of a launched app',
      },
      description:
        'Apps run in an origin of their own, from which neither cookies nor passwords are sent; the address says for whom the ' +
        'app has been launched, for twelve hours.',
      request: { params: resourceParameters.extend({ token: z.string() }) },
      responses: answers({ 200: contentAnswer, ...rootAsWell }, ...faults),
    },
    serveLaunched,
  )

  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/resources/apps/{appId}/index.html'], tags, summary: 'Launch app' },
      description: 'The page of the app; of one that has none, a page that shows the map of its `app.json`.',
      request: { params: appIdParameter },
      responses: answers({ 200: page('The page'), 303: launched }, ...faults),
    },
    serve,
  )

  endpoint(
    app,
    {
      ...{
        methods: ['get'],
        paths: ['/resources/apps/{appId}/thumbnail.png'],
        tags,
        summary: 'Get thumbnail',
      },
      description: 'Of an app that has none, a picture that stands for any.',
      request: { params: appIdParameter },
      responses: answers({ 200: contentAnswer }, ...faults),
    },
    serve,
  )

  endpoint(
    app,
    {
      ...{
        methods: ['get'],
        paths: ['/resources/apps/{appId}/{resourcePath}'],
        tags,
        summary: 'Get a resource',
      },
      routes: ['/resources/apps/:appId/*'],
      description:
        'As the app has it, or, while it is pre-optimized, as it was made of that; compressed for who takes it. With Range, ' +
        'conditional requests and HEAD.',
      request: { params: resourceParameters },
      responses: answers({ 200: contentAnswer, ...rootAsWell, 303: launched }, ...faults),
    },
    serve,
  )
}

async function serve(c: RequestContext<AppEnv>): Promise<Response> {
  const rest = restOfAddress(c, NAMES_BEFORE_PATH)
  return resourceAnswer(c, rest, ({ isPublic, file }) => {
    const { account } = c.var
    const isLaunch = !isPublic && account !== null && isPage(file.contentType) && isNavigation(c)
    if (!isLaunch) return null
    const id = appIdOf(c)
    const token = launchToken(c.var.context, id, account)
    return c.redirect(addressOf(c, `${appPath(id)}/$launch/${token}`, rest), 303)
  })
}

async function serveLaunched(c: RequestContext<AppEnv>): Promise<Response> {
  const id = appIdOf(c)
  const rest = restOfAddress(c, NAMES_BEFORE_LAUNCHED_PATH)
  const principal = await principalOfLaunch(c.var.context, id, c.req.param('token') ?? '')
  // Whoever is known by other means launches the app again.
  if (!principal && isNavigation(c)) return c.redirect(addressOf(c, appPath(id), rest), 303)
  c.set('principal', principal ?? ANONYMOUS)
  return resourceAnswer(c, rest, () => null)
}

/** What an app serves to who asks, unless `lead` leads elsewhere. @throws NotFoundError */
async function resourceAnswer(
  c: RequestContext<AppEnv>,
  rest: string,
  lead: (resource: AppResource) => Response | null,
): Promise<Response> {
  const { context, principal } = c.var
  if (rest === '' || rest.endsWith('/'))
    return c.redirect(`${new URL(c.req.url).pathname.replace(/\/?$/, '/')}${PAGE_PATH}`, 303)
  const asked = readablePath(rest)
  if (asked.path === CONFIG_PATH) return configAnswer(c, principal)
  for (let isAgain = false; ; isAgain = true) {
    const resource = await readAppResource(context, principal, appIdOf(c), asked)
    const { isPublic } = resource
    const elsewhere = lead(resource)
    if (elsewhere) return elsewhere
    if (resource.kind === 'provided') return bytesAnswer(c, resource.file, { isPublic })
    const answer = await fileAnswer(c, resource.file, { isPublic })
    // Between look-up and reading, another may have been put in its place.
    if (answer) return answer
    if (isAgain) throw new NotFoundError('File', asked.asked)
  }
}

/** An address of the same file, with the same query but for what says who asks. */
function addressOf(c: RequestContext, base: string, rest: string): string {
  const { searchParams } = new URL(c.req.url)
  for (const name of ['api_key', 'user_id', 'user_token']) searchParams.delete(name)
  const query = searchParams.toString()
  return `${base}/${encodeStoragePath(readablePath(rest).path ?? PAGE_PATH)}${query === '' ? '' : `?${query}`}`
}

/** Whether a browser goes to the address, rather than loads it for a page. */
const isNavigation = (c: RequestContext): boolean => c.req.header('sec-fetch-mode') === 'navigate'

/** What loads other things. */
const isPage = (contentType: string): boolean => /^text\/html|[/+]xhtml|\bxml(?:;|$)/.test(contentType)
