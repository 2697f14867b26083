import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** What a page of documentation shows of an OpenAPI document. */
export interface ApiDocument {
  info: { title: string; description?: string | undefined }
  paths?: Record<string, object> | undefined
}

interface Operation {
  summary?: string
  description?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean; description?: string }[]
  responses?: Record<string, { description?: string }>
}

type Html = HtmlEscapedString | Promise<HtmlEscapedString>

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}
details{border:1px solid #ddd;border-radius:4px;margin:.4rem 0;padding:.3rem .7rem}
summary{cursor:pointer}code{font:14px ui-monospace,monospace;overflow-wrap:anywhere}
.method{display:inline-block;min-width:4.2rem;font-weight:600;text-transform:uppercase;font-size:13px}
table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;padding:.15rem .5rem;border-top:1px solid #eee;vertical-align:top}
nav a{margin-right:1rem;white-space:nowrap}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}a{color:#8ab4f8}details,h2{border-color:#444}td,th{border-color:#333}}
`

/**
 * Everything an API answers, as a page that needs no script: by tag, with parameters and answers.
 * @param documentPath where the OpenAPI document itself is
 */
export function documentationPage(document: ApiDocument, documentPath: string): Html {
  const byTag = new Map<string, Html[]>()
  for (const [path, item] of Object.entries(document.paths ?? {}))
    for (const method of METHODS) {
      const operation = (item as Partial<Record<string, Operation>>)[method]
      if (!operation) continue
      const tag = operation.tags?.[0] ?? 'Other'
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationEntry(method, path, operation)])
    }
  const { title, description } = document.info
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${raw(STYLE)}</style>
<h1>${title}</h1>
<p>${description}</p>
<p><a href="${documentPath}">OpenAPI document</a></p>
<nav>${[...byTag.keys()].map((tag) => html`<a href="#${anchor(tag)}">${tag}</a> `)}</nav>
${[...byTag].map(([tag, entries]) => html`<h2 id="${anchor(tag)}">${tag}</h2>${entries}`)}
</html>`
}

const anchor = (tag: string): string => tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

function operationEntry(method: string, path: string, operation: Operation): Html {
  const { summary, description, parameters = [], responses = {} } = operation
  return html`<details><summary><span class="method">${method}</span> <code>${path}</code> ${summary}</summary>
${description ? html`<p>${description}</p>` : ''}
<table>
${parameters.map(
  ({ name, in: place, required, description: meaning }) =>
    html`<tr><td><code>${name}</code></td><td>${place}${required ? ', required' : ''}</td><td>${meaning}</td></tr>`,
)}
${Object.entries(responses).map(
  ([status, response]) =>
    html`<tr><td><code>${status}</code></td><td>answer</td><td>${response.description}</td></tr>`,
)}
</table></details>`
}
