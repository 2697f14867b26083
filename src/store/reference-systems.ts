import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'

/** The definition of a reference system that the database can transform to, as well-known text; null where there is none. */
export async function findSystemText(db: Database, code: number): Promise<string | null> {
  const { rows } = await db.execute<{ text: string }>(
    sql`select srtext as text from spatial_ref_sys where srid = ${code}`,
  )
  return rows[0]?.text ?? null
}

/** The definitions of several codes, as well-known text. Codes without one are left out. */
export async function findSystemTexts(db: Database, codes: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await db.execute<{ code: number; text: string }>(
    sql`select srid as code, srtext as text from spatial_ref_sys
      where auth_name = 'EPSG' and srid in (select value::int from jsonb_array_elements_text(${JSON.stringify(codes)}::jsonb))`,
  )
  return new Map(rows.map(({ code, text }) => [code, text]))
}

/** Codes of the EPSG systems of a name, of which letters and digits alone count, in ascending order. */
export async function findSystemsNamed(db: Database, name: string): Promise<number[]> {
  const { rows } = await db.execute<{ code: number }>(
    sql`select srid as code from spatial_ref_sys
      where auth_name = 'EPSG' and lower(regexp_replace(split_part(srtext, '"', 2), '[^A-Za-z0-9]', '', 'g'))
        = lower(regexp_replace(${name}, '[^A-Za-z0-9]', '', 'g'))
      order by srid`,
  )
  return rows.map(({ code }) => code)
}
