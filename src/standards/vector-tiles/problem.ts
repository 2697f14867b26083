import { FilterError, NotFoundError, ValidationError } from '../../domain/errors.ts'
import { QueryError } from '../../query/index.ts'

/** A request that cannot be answered, for the reason the message gives. */
export class TileRequestError extends Error {
  override readonly name = 'TileRequestError'
  readonly status: number
  /** The parameter that is at fault. */
  readonly parameter: string | null

  constructor(status: 400 | 401 | 403 | 404, message: string, parameter: string | null = null) {
    super(message)
    this.status = status
    this.parameter = parameter
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Invalid parameter',
  401: 'Not signed in',
  403: 'Not permitted',
  404: 'Not found',
}

/** A problem document (RFC 9457), never kept. */
function problem(url: URL, status: number, detail: string, members: Record<string, unknown> = {}): Response {
  const document = {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail,
    instance: url.pathname,
    ...members,
  }
  return new Response(JSON.stringify(document), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="Graticule", charset="UTF-8"' } : {}),
    },
  })
}

/** The answer to what is wrong with a request. @throws whatever is no fault of the request */
export function answerFault(url: URL, error: unknown): Response {
  if (error instanceof TileRequestError)
    return problem(url, error.status, error.message, error.parameter ? { parameter: error.parameter } : {})
  if (error instanceof NotFoundError) return problem(url, 404, error.message)
  if (error instanceof FilterError || error instanceof QueryError) {
    const position = error.position === null ? {} : { position: error.position }
    return problem(url, 400, error.message, { parameter: 'filter', ...position })
  }
  if (error instanceof ValidationError)
    return problem(url, 400, error.message, { parameter: error.issues[0]?.attribute, errors: error.issues })
  throw error
}
