import type { IncomingMessage } from 'node:http'
import type { Pool, PoolClient, QueryArrayConfig } from 'pg'

interface NeonQuery {
  query: string
  params?: unknown[]
}

export interface HttpAnswer {
  status: number
  body: unknown
}

const isolationLevels: Readonly<Record<string, string>> = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
}

/** Fields of a Postgres error that Neon passes on. */
const errorFields = [
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const

const textOnly = { getTypeParser: () => (value: unknown) => value }

/**
 * Answers Neon's `POST /sql`: one query `{query, params}`, or `{queries: [...]}` in one transaction with the
 * isolation, read-only and deferrable modes of the request's headers. A database error is 400 with its fields.
 */
export async function answerSql(pool: Pool, request: IncomingMessage): Promise<HttpAnswer> {
  // A web page cannot send this header across origins without a preflight, which is never granted.
  if (!request.headers['neon-connection-string'])
    return refusal('The Neon-Connection-String header is missing')
  let body: NeonQuery | { queries: NeonQuery[] }
  try {
    body = JSON.parse(await bodyText(request))
  } catch {
    return refusal('The body is not JSON')
  }
  try {
    if (!('queries' in body)) return { status: 200, body: await runQuery(pool, body) }
    return { status: 200, body: { results: await runBatch(pool, body.queries, beginStatement(request)) } }
  } catch (error) {
    return { status: 400, body: errorBody(error) }
  }
}

function refusal(text: string): HttpAnswer {
  return { status: 400, body: { message: text } }
}

async function bodyText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function beginStatement(request: IncomingMessage): string {
  const { headers } = request
  const isolation = isolationLevels[String(headers['neon-batch-isolation-level'])]
  const modes = [
    isolation && `isolation level ${isolation}`,
    headers['neon-batch-read-only'] === 'true' && 'read only',
    headers['neon-batch-deferrable'] === 'true' && 'deferrable',
  ]
  return ['begin', ...modes.filter(Boolean)].join(' ')
}

async function runBatch(pool: Pool, queries: NeonQuery[], begin: string): Promise<unknown[]> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query(begin)
    const results: unknown[] = []
    for (const query of queries) results.push(await runQuery(client, query))
    await client.query('commit')
    return results
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

async function runQuery(connection: Pool | PoolClient, { query, params = [] }: NeonQuery) {
  // The extended protocol takes one statement, as Neon does, and shows statements that end without an outcome.
  const config: QueryArrayConfig & { queryMode: 'extended' } = {
    text: query,
    values: params,
    rowMode: 'array',
    types: textOnly,
    queryMode: 'extended',
  }
  const result = await connection.query(config)
  return {
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: true,
    fields: result.fields.map(({ name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier }) => ({
      name,
      tableID,
      columnID,
      dataTypeID,
      dataTypeSize,
      dataTypeModifier,
      format: 'text',
    })),
    rows: result.rows,
  }
}

function errorBody(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const fields = error as unknown as Record<string, unknown>
  const body: Record<string, unknown> = { message: error.message || String(fields.code) }
  for (const name of errorFields) if (fields[name] !== undefined) body[name] = fields[name]
  return body
}
