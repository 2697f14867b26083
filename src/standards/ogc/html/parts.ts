import { html } from 'hono/html'
import type { DatasetRecord } from '../../../domain/datasets/datasets.ts'
import { collectionUrl } from '../collection-id.ts'
import { type Link, rootOf } from '../links.ts'
import type { OgcContext } from '../resource.ts'
import type { Html, Step } from './page.ts'

const RELATIONS: Readonly<Record<string, string>> = { first: 'First', prev: 'Back', next: 'Next' }

/** Links to the pages around one. */
export const pageNavigation = (links: readonly Link[]): Html | '' => {
  const shown = ['first', 'prev', 'next'].flatMap((rel) => links.filter((link) => link.rel === rel))
  return shown.length === 0
    ? ''
    : html`<nav class="pages" aria-label="Pages">${shown.map(
        ({ href, rel }) => html`<a rel="${rel}" href="${href}">${RELATIONS[rel]}</a> `,
      )}</nav>`
}

/** Rows of a name and what there is to say of it; what is null is left out. */
export const definitions = (rows: readonly (readonly [string, Html | string | null])[]): Html =>
  html`<dl>${rows
    .filter(([, value]) => value !== null)
    .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`

/** The pages above those of a collection. */
export const collectionTrail = (c: OgcContext, dataset: DatasetRecord): Step[] => [
  { href: '/ogc/collections', text: 'Collections' },
  { href: collectionUrl(rootOf(c.req.raw), dataset), text: dataset.title },
]

/** A value of JSON as a table shows it. */
export const cellOf = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
