/** A truth as the API writes it. */
export const tf = (value: boolean): 't' | 'f' => (value ? 't' : 'f')

/** A time in whole seconds since 1970; null for none. */
export const unixSeconds = (time: Date | null): number | null =>
  time === null ? null : Math.floor(time.getTime() / 1000)

/** A time as Postgres prints it, `2020-06-26 09:39:27.380+00`; null for none. */
export const postgresTime = (time: Date | null): string | null =>
  time === null ? null : time.toISOString().replace('T', ' ').replace('Z', '+00')

/** A number, or anything, as text; null for none. */
export const textOf = (value: number | string | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value)
