import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { landingPage } from './html/landing-page.ts'
import { type Link, ogcRel, rootOf, selfLinks } from './links.ts'
import { HTML_FORM, JSON_OR_HTML } from './negotiation.ts'
import { OPENAPI_TYPE } from './openapi-type.ts'
import { answerJson, givenAs, resource } from './resource.ts'
import { linksSchema } from './schemas.ts'

export const FACE_TITLE = 'Graticule'
export const FACE_DESCRIPTION =
  'Datasets as OGC API Features, vector tiles as OGC API Tiles, and work on them as OGC API Processes.'

const landingSchema = z
  .object({ title: z.string(), description: z.string(), links: linksSchema })
  .openapi('LandingPage')

/** `GET /ogc`: where everything is. */
export function mountLanding(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc', '/ogc/'], tags: ['Capabilities'] },
      summary: 'Landing page',
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('Links to everything there is', JSON_OR_HTML, landingSchema) },
    },
    (c, form) => {
      const links = landingLinks(rootOf(c.req.raw))
      if (form === HTML_FORM) return landingPage(c, FACE_DESCRIPTION, links)
      return answerJson(c, form, {
        ...{ title: FACE_TITLE, description: FACE_DESCRIPTION },
        links: [...selfLinks(c.req.raw, form, JSON_OR_HTML), ...links],
      })
    },
  )
}

function landingLinks(root: string): Link[] {
  const json = 'application/json'
  const to = (path: string, rel: string, type: string, title: string): Link => ({
    ...{ href: `${root}/${path}`, rel, type, title },
  })
  return [
    to('collections', 'data', json, 'Collections'),
    to('collections', ogcRel('data'), json, 'Collections'),
    to('processes', ogcRel('processes'), json, 'Processes'),
    to('jobs', ogcRel('job-list'), json, 'Jobs'),
    to('tileMatrixSets', ogcRel('tiling-schemes'), json, 'Tile matrix sets'),
    to('functions', ogcRel('functions'), json, 'Functions of filters'),
    to('conformance', 'conformance', json, 'Conformance classes'),
    to('conformance', ogcRel('conformance'), json, 'Conformance classes'),
    to('api', 'service-desc', OPENAPI_TYPE, 'OpenAPI document'),
    to('api.html', 'service-doc', 'text/html', 'Documentation'),
  ]
}
