import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'

/** What the pixels of an image are multiplied by to become those of another. */
export interface PixelScale {
  x: number
  y: number
}

/** A JSON array of objects with `x` and `y` in pixels, scaled. */
export const scaledPoints = (points: SQLWrapper, { x, y }: PixelScale): SQL => sql`(
  select coalesce(jsonb_agg(point || jsonb_build_object(
    'x', (point->>'x')::float8 * ${x}::float8, 'y', (point->>'y')::float8 * ${y}::float8) order by i), '[]')
  from jsonb_array_elements(${points}) with ordinality as p(point, i))`

/** The polygons of a mask (polygon, ring, position), scaled; null for none. */
export const scaledPolygons = (polygons: SQLWrapper, { x, y }: PixelScale): SQL => sql`(
  select jsonb_agg((
    select jsonb_agg((
      select jsonb_agg(jsonb_build_array(
        (position->>0)::float8 * ${x}::float8, (position->>1)::float8 * ${y}::float8) order by k)
      from jsonb_array_elements(ring) with ordinality as positions(position, k)) order by j)
    from jsonb_array_elements(polygon) with ordinality as rings(ring, j)) order by i)
  from jsonb_array_elements(${polygons}) with ordinality as polygons(polygon, i))`
