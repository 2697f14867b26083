import { holdsFor } from '../../query/index.ts'
import type { AppOrder, AppSearch } from './app-list.ts'
import { TEMPLATES } from './templates.ts'

const THUMBNAIL_PATH = 'thumbnail.png'

/** What is told of a template. */
export type TemplateRecord = Record<'id' | 'title' | 'description' | 'thumbnailFile', string>

const RECORDS: readonly TemplateRecord[] = TEMPLATES.map(({ id, title, description, files }) => ({
  id,
  title,
  description,
  thumbnailFile: files.includes(THUMBNAIL_PATH) ? THUMBNAIL_PATH : '',
}))

/** What templates can be filtered and ordered by. */
export const TEMPLATE_PROPERTY_NAMES: readonly string[] = ['id', 'title', 'description', 'thumbnailFile']

export const templateRecord = (id: string): TemplateRecord | undefined =>
  RECORDS.find((record) => record.id === id)

/**
 * Some of the templates, and how many there are of them in all.
 * @throws QueryError where the filter means nothing of templates
 */
export function searchTemplates({ filter, order, offset, limit }: Omit<AppSearch, 'isEditable'>): {
  total: number
  records: TemplateRecord[]
} {
  const found = RECORDS.filter((record) => filter === null || holdsFor(filter, record))
  const sorted = found.toSorted((a, b) => {
    for (const { property, descending } of order) {
      const difference = compareBy(a, b, property)
      if (difference !== 0) return descending ? -difference : difference
    }
    return 0
  })
  return { total: found.length, records: sorted.slice(offset, limit === null ? undefined : offset + limit) }
}

const compareBy = (a: TemplateRecord, b: TemplateRecord, property: AppOrder['property']): number => {
  const name = property as keyof TemplateRecord
  return a[name].localeCompare(b[name], 'en')
}
