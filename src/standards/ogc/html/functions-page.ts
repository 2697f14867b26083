import { html } from 'hono/html'
import type { FunctionEntry } from '../functions.ts'
import type { OgcContext } from '../resource.ts'
import { page } from './page.ts'

/** The functions of filters. */
export const functionsPage = (c: OgcContext, functions: readonly FunctionEntry[]): Promise<Response> =>
  page(c, {
    title: 'Functions of filters',
    body: html`<dl>${functions.map(
      ({ name, description, arguments: parameters, returns }) =>
        html`<dt><code>${name}(${parameters
          .map(({ title, type }) => `${title}: ${type.join(' | ')}`)
          .join(', ')}): ${returns.join(' | ')}</code></dt><dd>${description}</dd>`,
    )}</dl>`,
  })
