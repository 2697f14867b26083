import { and, type SQL, sql } from 'drizzle-orm'
import { ADMINISTRATORS, GROUP_OF_ROLE } from './app-types.ts'
import { type AppRecord, appColumns, selectApps, THUMBNAIL_PATH } from './apps.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import { type Principal, ROLES } from './principal.ts'
import { apps, grants, resources } from './schema.ts'

/** What apps are filtered and ordered by: an expression over `apps` joined with its row of `resources`, never null. */
export interface AppProperty {
  sql: SQL
  /** `texts` are a JSON array of them. */
  type: 'text' | 'number' | 'boolean' | 'texts'
}

const groupsOfRoles = sql.join(
  ROLES.map((role) => sql`${GROUP_OF_ROLE[role]}::text`),
  sql`, `,
)

const sharedInGroups = sql`(case
  when exists (select 1 from ${grants} g
    where g.resource_id = ${resources.id} and g.principal_type = 'everyone' and g.verb <> 'insert') then '[]'::jsonb
  else coalesce((
    select jsonb_agg(distinct named.name) from (
      select case g.principal_type when 'role' then (array[${groupsOfRoles}])[g.principal_id] else r.title end as name
      from ${grants} g
      left join resources r on g.principal_type = 'group' and r.id = g.principal_id and r.kind = 'group'
      where g.resource_id = ${resources.id} and g.principal_type in ('role', 'group') and g.verb <> 'insert') named
    where named.name is not null), jsonb_build_array(${ADMINISTRATORS}::text)) end)`

const { slug, description, createdBy, modifiedBy, hasThumbnail } = appColumns({
  kind: 'system',
  reason: 'what is told of an app',
})

const text = (value: SQL): AppProperty => ({ sql: value, type: 'text' })
const milliseconds = (moment: SQL): AppProperty => ({
  sql: sql`(extract(epoch from ${moment}) * 1000)::bigint`,
  type: 'number',
})

/** What is told of an app, by the names that the API has for it. */
export const APP_PROPERTIES: ReadonlyMap<string, AppProperty> = new Map<string, AppProperty>([
  ['editorState', text(sql`${apps.editorState}`)],
  ['preoptimized', { sql: sql`${apps.isPreoptimized}`, type: 'boolean' }],
  ['id', text(slug)],
  ['title', text(sql`${resources.title}`)],
  ['description', text(description)],
  ['createdBy', text(sql`coalesce(${createdBy}, '')`)],
  ['createdAt', milliseconds(sql`${resources.createdAt}`)],
  ['modifiedBy', text(sql`coalesce(${modifiedBy}, '')`)],
  ['modifiedAt', milliseconds(sql`${resources.modifiedAt}`)],
  ['templateId', text(sql`coalesce(${apps.templateId}, '')`)],
  ['templateFile', text(sql`''::text`)],
  ['thumbnailFile', text(sql`(case when ${hasThumbnail} then ${THUMBNAIL_PATH}::text else '' end)`)],
  [
    'sharedInGroupsCount',
    { sql: sql`jsonb_array_length(${sharedInGroups} - ${ADMINISTRATORS}::text)`, type: 'number' },
  ],
  ['portalItemStatus', text(sql`''::text`)],
  ['sharedInGroups', { sql: sharedInGroups, type: 'texts' }],
])

export interface AppOrder {
  /** A key of `APP_PROPERTIES`. */
  property: string
  descending: boolean
}

export interface AppListing {
  /** Over `APP_PROPERTIES`. */
  filter: SQL | undefined
  /** Only apps that the principal may edit. */
  isEditable: boolean
  /** Apps that nothing of it tells apart are in the order of their ids. */
  order: readonly AppOrder[]
  offset: number
  /** 0 to have them counted alone. */
  limit: number
}

/** Texts are in the order of dictionaries, whatever their case; then by their code points. */
function orderTerms({ property, descending }: AppOrder): SQL[] {
  const { sql: value, type } = APP_PROPERTIES.get(property)!
  const direction = sql.raw(descending ? 'desc' : 'asc')
  if (type !== 'text') return [sql`${value} ${direction}`]
  return [
    sql`lower(${value} collate "und-x-icu") collate "und-x-icu" ${direction}`,
    sql`${value} collate "C" ${direction}`,
  ]
}

/** Some of the apps that the principal sees, and how many there are of them in all. One round trip. */
export async function listApps(
  db: Database,
  principal: Principal,
  { filter, isEditable, order, offset, limit }: AppListing,
): Promise<{ total: number; records: AppRecord[] }> {
  const where = and(may(principal, 'view'), isEditable ? may(principal, 'edit') : undefined, filter)
  const count = db.execute<{ total: number }>(sql`select count(*)::int as total
    from ${apps} join ${resources} on ${resources.id} = ${apps.id} where ${where}`)
  if (limit === 0) return { total: (await count).rows[0]!.total, records: [] }
  const page = selectApps(db, principal)
    .where(where)
    .orderBy(...order.flatMap(orderTerms), sql`${resources.slug} collate "C"`)
    .limit(limit)
    .offset(offset)
  const [records, { rows }] = await db.batch([page, count])
  return { total: rows[0]!.total, records }
}
