import { html } from 'hono/html'
import type { JobRecord } from '../../../domain/jobs.ts'
import { type Html, page } from '../html/page.ts'
import type { OgcContext } from '../resource.ts'
import type { ProcessDefinition } from './definition.ts'
import { inputDescriptions } from './describe.ts'
import { standardStatus } from './status-info.ts'

const PROCESSES_STEP = { href: '/ogc/processes', text: 'Processes' }
const JOBS_STEP = { href: '/ogc/jobs', text: 'Jobs' }

/** The processes there are. */
export const processesPage = (c: OgcContext, processes: readonly ProcessDefinition[]): Promise<Response> =>
  page(c, {
    title: 'Processes',
    body: html`<dl>${processes.map(
      ({ id, title, description }) =>
        html`<dt><a href="/ogc/processes/${id}">${title}</a></dt><dd>${description}</dd>`,
    )}</dl>
<p><a href="/ogc/jobs">Your jobs</a></p>`,
  })

/** What a process does, needs and gives. */
export const processPage = (c: OgcContext, definition: ProcessDefinition): Promise<Response> =>
  page(c, {
    title: definition.title,
    trail: [PROCESSES_STEP],
    body: html`<p>${definition.description}</p>
<p><code>POST /ogc/processes/${definition.id}/execution</code></p>
<h2>Inputs</h2>
<dl>${Object.entries(inputDescriptions(definition)).map(
      ([name, { title, description, minOccurs, schema }]) =>
        html`<dt><code>${name}</code></dt><dd>${title}${minOccurs === 1 ? ' (required)' : ''}${description ? html`<br>${description}` : ''}
<details><summary>Schema</summary><pre>${JSON.stringify(schema, null, 2)}</pre></details></dd>`,
    )}</dl>
<h2>Outputs</h2>
<dl>${Object.entries(definition.outputs).map(
      ([name, { title, description }]) =>
        html`<dt><code>${name}</code></dt><dd>${title}<br>${description}</dd>`,
    )}</dl>
<p><a href="/ogc/jobs?processID=${definition.id}">Your jobs of it</a></p>`,
  })

/** A page of the list of jobs. */
export const jobsPage = (c: OgcContext, jobs: readonly JobRecord[]): Promise<Response> =>
  page(c, {
    title: 'Jobs',
    body: html`${jobs.length === 0 ? html`<p>There are none.</p>` : ''}
<table><thead><tr><th scope="col">Begun</th><th scope="col">Process</th><th scope="col">State</th><th scope="col">Done</th></tr></thead>
<tbody>${jobs.map(
      (job) =>
        html`<tr><td><a href="/ogc/jobs/${job.id}">${moment(job.createdAt)}</a></td><td>${job.process}</td><td>${standardStatus(job.status)}</td><td>${job.progress} %</td></tr>`,
    )}</tbody></table>`,
  })

/** How a job is going. */
export const jobPage = (c: OgcContext, job: JobRecord): Promise<Response> =>
  page(c, {
    title: `Job of ${job.process}`,
    trail: [JOBS_STEP],
    body: html`<dl>
<dt>State</dt><dd>${standardStatus(job.status)}, ${job.progress} %</dd>
${job.message === null ? '' : entry('Message', html`${job.message}`)}
${job.question && job.status === 'waiting' ? entry('It asks for', html`<code>${job.question.input}</code>`) : ''}
<dt>Created</dt><dd>${moment(job.createdAt)}</dd>
${job.startedAt ? entry('Started', html`${moment(job.startedAt)}`) : ''}
${job.finishedAt ? entry('Ended', html`${moment(job.finishedAt)}`) : ''}
</dl>
${job.status === 'successful' ? html`<p><a href="/ogc/jobs/${job.id}/results">Its results</a></p>` : ''}
<p><a href="/ogc/processes/${job.process}">The process</a></p>`,
  })

const entry = (term: string, value: Html): Html => html`<dt>${term}</dt><dd>${value}</dd>`

const moment = (date: Date): Html => html`<time datetime="${date.toISOString()}">${date.toISOString()}</time>`
