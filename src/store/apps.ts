import { and, eq, type SQL, sql } from 'drizzle-orm'
import { actor, recordActivity } from './activity.ts'
import type { NewAppFile } from './app-files.ts'
import type { EditorState } from './app-types.ts'
import type { Database } from './database.ts'
import type { GrantedTo } from './grants.ts'
import { may } from './permissions.ts'
import { type Principal, ROLES, type Role, type UserPrincipal } from './principal.ts'
import { appFiles, appOptimizedFiles, apps, grants, resources, users } from './schema.ts'

/** The file of an app that is its thumbnail. */
export const THUMBNAIL_PATH = 'thumbnail.png'

/** Whom an app is shared with. */
export interface AppAudience {
  everyone: boolean
  roles: Role[]
  groups: { id: number; name: string }[]
}

export interface AppRecord {
  /** The resource's number; clients know the app by its slug. */
  id: number
  slug: string
  title: string
  description: string
  editorState: EditorState
  isPreoptimized: boolean
  templateId: string | null
  createdBy: string | null
  createdAt: Date
  modifiedBy: string | null
  modifiedAt: Date
  contentVersion: number
  hasThumbnail: boolean
  audience: AppAudience
  mayEdit: boolean
  mayExtract: boolean
  mayPublish: boolean
  mayShare: boolean
  mayDelete: boolean
}

const grantees = (type: GrantedTo, grantee: SQL, from: SQL = sql``): SQL => sql`coalesce((
  select jsonb_agg(distinct ${grantee}) from ${grants} g ${from}
  where g.resource_id = ${resources.id} and g.principal_type = ${type} and g.verb <> 'insert'), '[]')`

/** To whom anything is granted that shows the row of `resources` around it; single people are not told here. */
const audience: SQL<AppAudience> = sql<AppAudience>`jsonb_build_object(
  'everyone', exists (select 1 from ${grants} g where g.resource_id = ${resources.id} and g.principal_type = 'everyone' and g.verb <> 'insert'),
  'roles', ${grantees(
    'role',
    sql`(array[${sql.join(
      ROLES.map((role) => sql`${role}::text`),
      sql`, `,
    )}])[g.principal_id]`,
  )},
  'groups', ${grantees(
    'group',
    sql`jsonb_build_object('id', r.id, 'name', r.title)`,
    sql`join resources r on r.id = g.principal_id and r.kind = 'group'`,
  )})`

/** What is told of an app, over `apps` joined with its row of `resources`. */
export const appColumns = (principal: Principal) => ({
  id: apps.id,
  slug: sql<string>`${resources.slug}`,
  title: resources.title,
  description: sql<string>`coalesce(${resources.abstract}, '')`,
  editorState: apps.editorState,
  isPreoptimized: apps.isPreoptimized,
  templateId: apps.templateId,
  createdBy: sql<
    string | null
  >`(select ${users.login} from ${users} where ${users.id} = ${resources.ownerId})`,
  createdAt: resources.createdAt,
  modifiedBy: sql<
    string | null
  >`(select ${users.login} from ${users} where ${users.id} = ${apps.modifiedBy})`,
  modifiedAt: resources.modifiedAt,
  contentVersion: apps.contentVersion,
  hasThumbnail: sql<boolean>`exists (select 1 from ${appFiles}
    where ${appFiles.appId} = ${apps.id} and ${appFiles.path} = ${THUMBNAIL_PATH})`,
  audience,
  mayEdit: may(principal, 'edit'),
  mayExtract: may(principal, 'extract'),
  mayPublish: may(principal, 'publish'),
  mayShare: may(principal, 'share'),
  mayDelete: may(principal, 'own'),
})

/** Apps with what is told of them; the caller adds `may(principal, 'view')`. */
export const selectApps = (db: Database, principal: Principal) =>
  db.select(appColumns(principal)).from(apps).innerJoin(resources, eq(resources.id, apps.id)).$dynamic()

/** Null where there is none, or the principal may not see it. */
export async function findApp(db: Database, principal: Principal, slug: string): Promise<AppRecord | null> {
  const [record] = await selectApps(db, principal).where(
    and(eq(resources.slug, slug), may(principal, 'view')),
  )
  return record ?? null
}

/** Somebody an app is shared with: `grants`' two columns. */
export interface AppGrantee {
  principalType: Extract<GrantedTo, 'everyone' | 'role' | 'group'>
  /** 0 for everyone. */
  principalId: number
}

/** Grantees as rows `wanted(principal_type, principal_id)`. */
export const granteeRows = (grantees: readonly AppGrantee[]): SQL => sql`(
  select distinct value ->> 0 as principal_type, (value ->> 1)::int as principal_id
  from jsonb_array_elements(${JSON.stringify(
    grantees.map(({ principalType, principalId }) => [principalType, principalId]),
  )}::jsonb))`

export interface NewApp {
  slug: string
  title: string
  description: string
  templateId: string | null
  sharedWith: readonly AppGrantee[]
  files: readonly NewAppFile[]
}

/** Files as rows `given(path, object_key, byte_size, content_type, sha256, crc32)`. */
export const fileRows = (files: readonly NewAppFile[]): SQL => sql`(
  select value ->> 'path' as path, value ->> 'objectKey' as object_key, (value ->> 'byteSize')::bigint as byte_size,
    value ->> 'contentType' as content_type, value ->> 'sha256' as sha256, (value ->> 'crc32')::bigint as crc32
  from jsonb_array_elements(${JSON.stringify(files)}::jsonb))`

/** Makes an app with its files, all of it or nothing. @returns false where the slug is taken, in whatever case */
export async function insertApp(
  db: Database,
  principal: UserPrincipal,
  { slug, title, description, templateId, sharedWith, files }: NewApp,
): Promise<boolean> {
  const made = sql`select ${resources.id} as id from ${resources} where ${resources.slug} = ${slug} and ${resources.ownerId} = ${principal.id}`
  const [inserted] = await db.batch([
    db.execute(sql`with made as (
        insert into ${resources} (kind, slug, owner_id, title, abstract)
        values ('app', ${slug}, ${principal.id}, ${title}, ${description}) on conflict do nothing returning id),
      app as (
        insert into ${apps} (id, template_id, modified_by) select made.id, ${templateId}::text, ${principal.id} from made),
      shared as (
        insert into ${grants} (resource_id, principal_type, principal_id, verb)
        select made.id, wanted.principal_type, wanted.principal_id, 'view' from made, ${granteeRows(sharedWith)} wanted),
      filled as (
        insert into ${appFiles} (app_id, path, object_key, byte_size, content_type, sha256, crc32)
        select made.id, given.path, given.object_key, given.byte_size, given.content_type, given.sha256, given.crc32
        from made, ${fileRows(files)} given)
      select made.id from made`),
    db.execute(
      recordActivity(
        principal,
        'App',
        'create',
        sql`${made} and not exists (select 1 from activity a where a.auditable_type = 'App' and a.auditable_id = ${resources.id})`,
      ),
    ),
  ])
  return inserted.rows.length > 0
}

/** What can be changed of an app; what is `undefined` stays as it is. */
export interface AppChange {
  title?: string | undefined
  description?: string | undefined
  editorState?: EditorState | undefined
  /** Exactly these, of everyone, roles and groups; what single people have been granted stays. */
  sharedWith?: readonly AppGrantee[] | undefined
}

/** The row of an app that the principal may edit. */
export const editableApp = (principal: Principal, slug: string): SQL => sql`
  select ${apps.id} as id from ${apps} join ${resources} on ${resources.id} = ${apps.id}
  where ${resources.slug} = ${slug} and ${may(principal, 'view')} and ${may(principal, 'edit')}`

/** Locks the row of an app, so that what follows in a transaction is done by one at a time. */
export const lockApp = (principal: Principal, slug: string): SQL =>
  sql`${editableApp(principal, slug)} for update of apps`

/**
 * Notes that the principal has changed an app, the row `id` of the query `app`, and what is told of it; meant to stand behind
 * `lockApp` in one transaction. One statement, for who edits an app because it is shared with him may end that by it.
 */
const noteChange = (
  principal: Principal,
  app: SQL,
  { title, description, editorState, sharedWith }: AppChange,
  isContent: boolean,
): SQL => sql`
  with app as materialized (${app}),
  wanted as materialized (select * from ${granteeRows(sharedWith ?? [])} w),
  stated as (
    update ${apps} set modified_by = ${actor(principal)}::int, content_version = content_version + ${isContent ? 1 : 0},
      editor_state = coalesce(${editorState ?? null}::text, editor_state)
    where ${apps.id} in (select id from app)),
  told as (
    update ${resources} set modified_at = now(), version = version + 1,
      title = coalesce(${title ?? null}::text, title), abstract = coalesce(${description ?? null}::text, abstract),
      published = coalesce(${editorState === undefined ? null : editorState === 'PUBLISHED'}::boolean, published)
    where ${resources.id} in (select id from app)),
  taken as (
    delete from ${grants} held where ${sharedWith !== undefined} and held.resource_id in (select id from app)
      and held.principal_type in ('everyone', 'anonymous', 'role', 'group') and not exists (
        select 1 from wanted
        where wanted.principal_type = held.principal_type and wanted.principal_id = held.principal_id)),
  given as (
    insert into ${grants} (resource_id, principal_type, principal_id, verb)
    select app.id, wanted.principal_type, wanted.principal_id, 'view' from app, wanted
    where not exists (
      select 1 from ${grants} held where held.resource_id = app.id and held.verb = 'view'
        and held.principal_type = wanted.principal_type and held.principal_id = wanted.principal_id))
  ${recordActivity(principal, 'App', 'update', sql`select id from app`)}`

/**
 * Notes that the files of an app are others, the row `id` of the query `app`, which may be the change itself, and what is told
 * of it; meant to stand behind `lockApp` in one transaction.
 */
export const noteContent = (
  principal: Principal,
  app: SQL,
  told: Pick<AppChange, 'title' | 'description'> = {},
): SQL => noteChange(principal, app, told, true)

/** The row of an app that the principal may change in this way: who shares it may share it, who publishes it publish it. */
const changeableApp = (principal: Principal, slug: string, { editorState, sharedWith }: AppChange): SQL => {
  const mayPublish =
    editorState === undefined
      ? sql`true`
      : sql`(${resources.published} = ${editorState === 'PUBLISHED'} or ${may(principal, 'publish')})`
  return sql`${editableApp(principal, slug)} and ${mayPublish} and ${sharedWith === undefined ? sql`true` : may(principal, 'share')}`
}

/**
 * Changes what is told of an app. One transaction.
 * @returns the app as it is then, which who has changed it is told though he may have ended that he sees it; null, and nothing
 *   changed, where the principal may not
 */
export async function updateApp(
  db: Database,
  principal: UserPrincipal,
  slug: string,
  change: AppChange,
): Promise<AppRecord | null> {
  const app = changeableApp(principal, slug, change)
  // What a transaction has changed has the time at which it began.
  const isOwnChange = sql`${apps.modifiedBy} = ${principal.id} and ${resources.modifiedAt} = now()::timestamptz(3)`
  const [locked, , [record]] = await db.batch([
    db.execute(sql`${app} for update of apps`),
    db.execute(noteChange(principal, app, change, false)),
    selectApps(db, principal).where(
      and(eq(resources.slug, slug), sql`(${may(principal, 'view')} or (${isOwnChange}))`),
    ),
  ])
  return locked.rows.length > 0 ? (record ?? null) : null
}

/**
 * Deletes an app that the principal owns, or manages as an administrator.
 * @returns the keys of its objects; null, and nothing deleted, where the principal may not
 */
export async function deleteApp(
  db: Database,
  principal: UserPrincipal,
  slug: string,
): Promise<string[] | null> {
  const owned = sql`select ${apps.id} as id from ${apps} join ${resources} on ${resources.id} = ${apps.id}
    where ${resources.slug} = ${slug} and ${may(principal, 'view')} and ${may(principal, 'own')}`
  const [locked, listed] = await db.batch([
    db.execute(sql`${owned} for update of apps`),
    db.execute<{ key: string }>(sql`with app as materialized (${owned})
      select f.object_key as key from ${appFiles} f where f.app_id in (select id from app)
      union all
      select made.key from ${appOptimizedFiles} o
        cross join lateral (values (o.object_key), (o.gzip_key), (o.brotli_key)) as made (key)
      where o.app_id in (select id from app) and made.key is not null`),
    db.execute(recordActivity(principal, 'App', 'destroy', owned)),
    db.execute(sql`delete from ${resources} where ${resources.id} in (${owned})`),
  ])
  return locked.rows.length > 0 ? listed.rows.map(({ key }) => key) : null
}
