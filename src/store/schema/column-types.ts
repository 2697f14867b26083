import { customType, timestamp } from 'drizzle-orm/pg-core'

/** PostGIS geometry with its SRID kept in the column type (drizzle's own `geometry` drops it). */
export const geometry = customType<{ data: string; config: { type: string; srid: number } }>({
  dataType: (config) => `geometry(${config?.type ?? 'Geometry'},${config?.srid ?? 4326})`,
})

/** A time with its zone, to the millisecond. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })
