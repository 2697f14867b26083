import { call } from './mapwarper-client.ts'

/** What is read of an OpenAPI document. */
interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
  anyOf?: Schema[]
  allOf?: Schema[]
  const?: unknown
}
export interface Operation {
  method: string
  path: string
  pathParams: string[]
  queryParams: string[]
  /** Addresses of the members of a JSON body, and a body in which each has a value of its type. */
  body: { leaves: string[][]; valid: unknown } | null
  hasForm: boolean
}

/** Every operation of an OpenAPI document. */
export async function readOperations(documentPath: string): Promise<Operation[]> {
  const { json: document } = await call(documentPath)
  const resolve = (schema: Schema): Schema =>
    schema.$ref ? resolve(document.components.schemas[schema.$ref.split('/').at(-1)!]) : schema
  const found: Operation[] = []
  for (const [path, item] of Object.entries<Record<string, never>>(document.paths))
    for (const [method, operation] of Object.entries<{
      parameters?: { name: string; in: string }[]
      requestBody?: { content: Record<string, { schema: Schema }> }
    }>(item)) {
      const named = (place: string) =>
        (operation.parameters ?? []).filter((parameter) => parameter.in === place).map(({ name }) => name)
      const content = operation.requestBody?.content ?? {}
      const schema = content['application/json']?.schema
      found.push({
        ...{ method: method.toUpperCase(), path, pathParams: named('path'), queryParams: named('query') },
        body: schema ? { leaves: leavesOf(schema, resolve), valid: validOf(schema, resolve) } : null,
        hasForm: Object.keys(content).some((type) => type.includes('form')),
      })
    }
  return found
}

/** The members of a schema and of the parts it is made of. */
function membersOf(schema: Schema, resolve: (schema: Schema) => Schema): [string, Schema][] {
  const parts = [schema, ...(schema.allOf ?? []).map(resolve)]
  return parts.flatMap((part) => Object.entries(part.properties ?? {}))
}

function leavesOf(given: Schema, resolve: (schema: Schema) => Schema, at: string[] = []): string[][] {
  const below = membersOf(resolve(given), resolve).flatMap(([name, member]) =>
    leavesOf(member, resolve, [...at, name]),
  )
  return at.length > 0 ? [at, ...below] : below
}

function validOf(given: Schema, resolve: (schema: Schema) => Schema): unknown {
  const schema = resolve(given)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return validOf(schema.anyOf[0]!, resolve)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  const members = membersOf(schema, resolve)
  if (type === 'object' || members.length > 0)
    return Object.fromEntries(members.map(([name, member]) => [name, validOf(member, resolve)]))
  if (type === 'array') return schema.items ? [validOf(schema.items, resolve)] : []
  if (type === 'number' || type === 'integer') return 1
  if (type === 'boolean') return true
  return 'text'
}
