import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import { PROVIDER_NAMES } from '../../domain/identity/providers.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { jsonAnswer, MALFORMED, TOO_LARGE, UNPROCESSABLE, UNSUPPORTED } from './responses.ts'
import { errorDocument } from './schemas.ts'
import { begin, comeBack, decide, orNotice } from './sign-in-elsewhere-steps.ts'

const tags = ['Sign-in through other providers']
const params = z.object({ provider: z.string().openapi({ example: PROVIDER_NAMES.join(', ') }) })

const pageAnswer = (description: string) => ({
  description,
  content: { 'text/html': { schema: z.string() } },
})
const ANSWERS = {
  302: { description: 'Signed in, no window waits: to where the browser was to go' },
  400: pageAnswer('The sign-in is over, or was begun elsewhere'),
  403: pageAnswer('The person did not agree, or the account is disabled'),
  404: jsonAnswer('There is no such provider, or it is not set up', errorDocument),
  409: pageAnswer('The address of the person belongs to another account'),
  502: pageAnswer('The provider does not answer as it should'),
}

/** Sign-in through other providers, in the browser's window or in one that a page opened and waits for. */
export function mountSignInElsewhere(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/u/auth/{provider}'],
      tags,
      summary: 'Begin to sign in through another provider',
      request: {
        params,
        query: z.object({
          omniauth_window_type: z.enum(['newWindow', 'inAppBrowser']).optional().openapi({
            description: 'The sign-in ends with a page that tells a token to the page that opened the window',
          }),
          auth_origin_url: z.string().optional().openapi({
            description: 'Address of the page that waits; without a window, where to go then, on this host',
          }),
        }),
      },
      responses: {
        302: { description: 'To the provider' },
        404: ANSWERS[404],
        ...UNPROCESSABLE,
        502: ANSWERS[502],
      },
    },
    (c) => orNotice(c, () => begin(c)),
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/u/auth/{provider}/callback'],
      tags,
      summary: 'Where the provider sends the browser back to',
      request: { params, query: z.object({ code: z.string().optional(), state: z.string().optional() }) },
      responses: {
        200: pageAnswer('A window gets the page that tells the token, or a question for the person'),
        ...ANSWERS,
      },
    },
    (c) => orNotice(c, () => comeBack(c)),
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/u/auth/{provider}/decision'],
      tags,
      summary: 'What the person decided who was asked on the way',
      request: {
        params,
        body: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: z.object({ ticket: z.string(), decision: z.string() }),
            },
          },
        },
      },
      responses: {
        200: pageAnswer('As for the callback'),
        ...MALFORMED,
        ...ANSWERS,
        ...TOO_LARGE,
        ...UNSUPPORTED,
      },
    },
    (c) => orNotice(c, () => decide(c)),
  )
}
