import { BadCredentialError } from '../domain/errors.ts'
import type { DrawingRequest } from './drawing-request.ts'

/** How refusals are told at `/1`, by their status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'RESOURCE_NOT_FOUND',
}

/**
 * Answers a drawing that has its address at `/1`: a credential that is presented and does not hold is refused whatever is
 * asked for, and refusals are `{"code", "msg"}`.
 */
export async function answerCoded<Answer extends Response | null>(
  call: DrawingRequest,
  answer: (call: DrawingRequest) => Promise<Answer>,
): Promise<Answer | Response> {
  let caller: ReturnType<DrawingRequest['principal']> | undefined
  const principal = () => {
    caller ??= call.principal()
    return caller
  }
  try {
    const [response] = await Promise.all([
      answer({ ...call, principal }),
      presentsCredential(call) ? principal() : null,
    ])
    return response && response.status >= 400 ? await coded(response) : response
  } catch (error) {
    if (error instanceof BadCredentialError) return refused(401, error.message)
    throw error
  }
}

/** Whether a request says by itself who asks; cookies are sent along whoever asks. */
const presentsCredential = ({ request, url }: DrawingRequest): boolean =>
  ['api-key', 'authorization', 'api-username', 'api-sessid', 'x-user-token'].some((name) =>
    request.headers.has(name),
  ) || ['api_key', 'user_token'].some((name) => url.searchParams.has(name))

/** A refusal of any kind as one of these. */
async function coded(refusal: Response): Promise<Response> {
  const { detail, errors, position } = (await refusal.json()) as {
    detail?: string
    errors?: { detail?: string }[]
    position?: number
  }
  const msg = detail ?? errors?.[0]?.detail ?? 'It could not be drawn'
  return refused(refusal.status, msg, position === undefined ? {} : { position })
}

const refused = (status: number, msg: string, members: object = {}): Response =>
  Response.json(
    { code: CODES[status] ?? 'INTERNAL_ERROR', msg, ...members },
    { status, headers: { 'access-control-allow-origin': '*', 'cache-control': 'no-store' } },
  )
