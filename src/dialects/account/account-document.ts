import { z } from '@hono/zod-openapi'
import { ROLES } from '../../store/principal.ts'
import type { UserRecord } from '../../store/users.ts'

/** An account as it is told to its owner, and to administrators. */
export const account = z
  .object({ id: z.number().int(), login: z.string(), email: z.string(), roles: z.array(z.enum(ROLES)) })
  .openapi('Account')

export const accountDocument = ({ id, login, email, roles }: UserRecord): z.infer<typeof account> => ({
  id,
  login,
  email,
  roles,
})

/** What went wrong. */
export const errors = z
  .object({
    errors: z.array(z.object({ source: z.object({ pointer: z.string() }).optional(), detail: z.string() })),
  })
  .openapi('AccountErrors')

/** An answer in JSON. */
export const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})
