import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { CONFORMANCE } from './conformance-classes.ts'
import { conformancePage } from './html/conformance-page.ts'
import { selfLinks } from './links.ts'
import { HTML_FORM, JSON_OR_HTML } from './negotiation.ts'
import { answerJson, givenAs, resource } from './resource.ts'
import { linksSchema } from './schemas.ts'

const conformanceSchema = z
  .object({ conformsTo: z.array(z.string()), links: linksSchema })
  .openapi('Conformance')

/** `GET /ogc/conformance`: the conformance classes that hold. */
export function mountConformance(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/conformance'], tags: ['Capabilities'] },
      summary: 'What of which standard holds here',
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The conformance classes', JSON_OR_HTML, conformanceSchema) },
    },
    (c, form) => {
      if (form === HTML_FORM) return conformancePage(c, CONFORMANCE)
      const links = selfLinks(c.req.raw, form, JSON_OR_HTML)
      return answerJson(c, form, { conformsTo: Object.values(CONFORMANCE).flat(), links })
    },
  )
}
