import type { Context as RequestContext } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../../../http/app-env.ts'
import type { Problem } from '../problems.ts'
import { page } from './page.ts'

/** A problem for a person. */
export function problemPage(
  c: RequestContext<AppEnv>,
  { status, title, detail }: Problem,
): Promise<Response> {
  return page(c, {
    ...{ title, status, hasJson: false },
    body: html`<p>${detail}</p><p><small>HTTP ${status}</small></p>`,
  })
}
