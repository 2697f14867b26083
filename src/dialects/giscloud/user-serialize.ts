import { z } from '@hono/zod-openapi'
import type { ProfileRecord } from '../../domain/identity/users.ts'
import { unixSeconds } from './scalars.ts'

const option = z.object({
  name: z.string(),
  type: z.union([z.number(), z.string()]).nullable(),
  value: z.string().nullable(),
})

export const user = z
  .object({
    id: z.union([z.number().int(), z.string()]),
    username: z.string(),
    email: z.string(),
    active: z.boolean(),
    firstname: z.string().nullable(),
    lastname: z.string().nullable(),
    created: z.number().int(),
    modified: z.number().int(),
    lastlog: z.number().int().nullable(),
    owner_id: z.number().int().nullable(),
    mobile: z.string().nullable(),
    web: z.string().nullable(),
    phone: z.string().nullable(),
    company: z.string().nullable(),
    language: z.string().nullable(),
    file_feature_count: z
      .number()
      .int()
      .openapi({ description: 'Features of datasets made of stored files' }),
    db_feature_count: z.number().int().openapi({ description: 'Features of all other datasets' }),
    storage_raster: z.number().int().openapi({ description: 'Bytes of scans and stored pictures' }),
    storage_total: z.number().int().openapi({ description: 'Bytes of scans and stored files' }),
    feature_count_limit: z.number().int().nullable().openapi({ description: 'null: there is none' }),
    storage_raster_limit: z.number().int().openapi({ description: 'Bytes of stored files' }),
    resource_id: z.number().int(),
    oidc: z.boolean().openapi({ description: 'Signs in through another provider' }),
    options: z.array(option).optional(),
  })
  .openapi('User')

export const userBody = z
  .object({
    username: z.string(),
    email: z.string(),
    firstname: z.string().optional(),
    lastname: z.string().optional(),
    phone: z.string().optional(),
    mobile: z.string().optional(),
    web: z.string().optional(),
    company: z.string().optional(),
    language: z.string().optional(),
    active: z.boolean().optional(),
  })
  .openapi('NewUser')

export const changedUser = user
  .pick({
    ...{ id: true, owner_id: true, created: true, modified: true },
    ...{ username: true, email: true, firstname: true, lastname: true },
  })
  .openapi('ChangedUser')

/** An account as the API gives it. */
export const userDocument = (record: ProfileRecord): z.infer<typeof user> => ({
  id: record.id,
  username: record.login,
  email: record.email,
  active: record.isEnabled,
  firstname: record.firstName,
  lastname: record.lastName,
  created: unixSeconds(record.createdAt)!,
  modified: unixSeconds(record.modifiedAt)!,
  lastlog: unixSeconds(record.seenAt),
  owner_id: record.ownerId,
  mobile: record.mobile,
  web: record.web,
  phone: record.phone,
  company: record.company,
  language: record.language,
  file_feature_count: record.fileFeatures,
  db_feature_count: record.otherFeatures,
  storage_raster: record.rasterBytes,
  storage_total: record.storedBytes,
  feature_count_limit: null,
  storage_raster_limit: record.storedBytesMax,
  resource_id: record.resourceId,
  oidc: record.isElsewhere,
  ...(record.options
    ? { options: record.options.map(({ name, type, value }) => ({ name, type: typeOf(type), value })) }
    : {}),
})

/** The type of an option, which is a number as often as not. */
const typeOf = (type: string | null) => (type !== null && /^\d{1,9}$/.test(type) ? Number(type) : type)

/** An account as it is told when it has been changed. */
export const changedUserDocument = (record: ProfileRecord): z.infer<typeof changedUser> => ({
  id: record.id,
  owner_id: record.ownerId,
  created: unixSeconds(record.createdAt)!,
  modified: unixSeconds(record.modifiedAt)!,
  username: record.login,
  email: record.email,
  firstname: record.firstName,
  lastname: record.lastName,
})
