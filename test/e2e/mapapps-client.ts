import { randomBytes } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import { expect } from 'vitest'
import { zipFile } from '../support/zip-file.ts'
import { baseUrl, basic, newUser, type TestUser } from './mapwarper-client.ts'

export interface AppsAnswer {
  status: number
  headers: Headers
  bytes: Uint8Array
  text: string
  /** The parsed body; null where it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what is in a body is what the tests assert
  body: any
}

export interface AppsCall {
  method?: string
  /** Sent as JSON. */
  json?: unknown
  body?: NonNullable<RequestInit['body']>
  headers?: Record<string, string>
}

/** Sends requests under one credential. */
export interface AppsClient {
  credential: Record<string, string>
  /** @param path below the host: `/resources/apps` */
  api(path: string, init?: AppsCall): Promise<AppsAnswer>
}

export interface AppsUser extends AppsClient {
  account: TestUser
  login: string
}

export const appsClient = (credential: Record<string, string>): AppsClient => ({
  credential,
  async api(path, { method, json, body, headers } = {}) {
    const sent = json === undefined ? body : JSON.stringify(json)
    const response = await fetch(baseUrl + path, {
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...credential,
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const text = new TextDecoder().decode(bytes)
    return { status: response.status, headers: response.headers, bytes, text, body: jsonOrNull(text) }
  },
})

/** Asks as a browser does that goes to an address; `fetch` always says that a script asks. */
export async function navigate(
  { credential }: AppsClient,
  path: string,
  headers: Record<string, string> = {},
): Promise<AppsAnswer> {
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const sent = { accept, 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none', ...credential, ...headers }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(baseUrl + path, { headers: sent }, resolve).on('error', reject)
  })
  const bytes = new Uint8Array(Buffer.concat(await response.toArray()))
  const text = new TextDecoder().decode(bytes)
  const answered = Object.entries(response.headersDistinct).flatMap(([name, values]) =>
    values!.map((value): [string, string] => [name, value]),
  )
  return { status: response.statusCode!, headers: new Headers(answered), bytes, text, body: jsonOrNull(text) }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The administrator of every instance. */
export const appsAdministrator = appsClient(basic('admin', 'graticule'))
/** Without a credential. */
export const stranger = appsClient({})

/** Makes an account with these platform roles; everything is sent under its login and password. */
export async function newAppsUser(roles: string[] = []): Promise<AppsUser> {
  const account = await newUser(roles)
  return { ...appsClient(basic(account.login, account.password)), account, login: account.login }
}

/** An id that no other test has. */
export const newAppId = (): string => `app-${randomBytes(6).toString('hex')}`

/** Makes an app from the template unless `members` say otherwise, and answers with its id. */
export async function createApp(
  user: AppsClient,
  members: { id?: string; title?: string; description?: string; sharedInGroups?: string[] } = {},
): Promise<string> {
  const made = await user.api('/resources/apps', { json: { id: newAppId(), title: 'An app', ...members } })
  expect(made.status, made.text).toBe(303)
  return made.headers.get('location')!.replace(/^.*\//, '')
}

/** Puts an app into a state. */
export async function setState(user: AppsClient, id: string, editorState: string): Promise<void> {
  const { body } = await user.api(`/resources/apps/${id}.json`)
  const { title, description } = body
  const put = await user.api(`/resources/apps/${id}`, {
    method: 'PUT',
    json: { id, title, description, editorState },
  })
  expect(put.status, put.text).toBe(200)
}

/** Uploads a zip of these files (text or bytes by path) as the content of an app. */
export function uploadZip(
  user: AppsClient,
  id: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<AppsAnswer> {
  const bytes = zipFile(
    Object.entries(files).map(([path, content]) => ({
      path,
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    })),
  )
  const form = new FormData()
  form.set('file', new File([bytes], `${id}.zip`, { type: 'application/zip' }))
  return user.api(`/resources/apps/${id}`, { body: form })
}
