import { type SQL, sql } from 'drizzle-orm'
import { recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import { hasRole, type Principal } from './principal.ts'
import { isOfScan } from './scan-rows.ts'
import { resources, scans } from './schema.ts'

/** Publishing is the administrators', who see every scan. */
const mayPublish = (principal: Principal): SQL =>
  hasRole(principal, 'administrator') ? may(principal, 'view') : sql`false`

/**
 * A warped scan becomes published, or a published one warped again. Returns whether it did; it does not where the scan
 * is not in the status that this begins from, or the principal is no administrator.
 */
export async function setScanPublished(
  db: Database,
  principal: Principal,
  id: number,
  published: boolean,
): Promise<boolean> {
  const [from, to] = published ? ['warped', 'published'] : ['published', 'warped']
  const [, { rows }] = await db.batch([
    db.execute(sql`select ${scans.id} from ${scans} where ${scans.id} = ${id} for update`),
    db.execute(sql`
      with changed as (
        update ${scans} set status = ${to} where ${scans.id} = ${id} and ${scans.status} = ${from}
          and exists (select 1 from ${resources}
            where ${resources.id} = ${id} and ${isOfScan} and ${mayPublish(principal)})
        returning ${scans.id}
      ), moved as (
        update ${resources} set published = ${published}, modified_at = now(), version = version + 1
        from changed where ${resources.id} = changed.id
        returning ${resources.id}
      )
      ${recordActivity(principal, 'Map', 'update', sql`select id from moved`)}
      returning auditable_id`),
  ])
  return rows.length > 0
}
