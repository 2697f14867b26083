import { describe, expect, it } from 'vitest'
import { administrator, basic, call, newUser } from './mapwarper-client.ts'

const pointers = (json: { errors: { source: { pointer: string } }[] }) =>
  json.errors.map((error) => error.source.pointer)

const fresh = () => {
  const login = `s${crypto.randomUUID().slice(0, 13)}`
  return { login, email: `${login}@example.org`, password: 'long enough' }
}

describe('sign-up', () => {
  it('makes an account without roles, whatever is asked for', async () => {
    const request = fresh()
    const made = await call('/account/sign_up', { json: { ...request, roles: ['administrator'] } })
    expect(made.status).toBe(201)
    expect(made.json).toEqual({
      id: expect.any(Number),
      login: request.login,
      email: request.email,
      roles: [],
    })
    const own = basic(request.email, request.password)
    expect((await call('/api/v1/auth/validate_token.json', { as: own })).status).toBe(200)
  })

  it('takes a form too', async () => {
    const made = await call('/account/sign_up', { body: new URLSearchParams(fresh()) })
    expect(made.status).toBe(201)
  })

  it('refuses a login or email that is taken, in any case', async () => {
    const request = fresh()
    await call('/account/sign_up', { json: request })
    const login = await call('/account/sign_up', { json: { ...fresh(), login: request.login.toUpperCase() } })
    expect(login.status).toBe(422)
    expect(login.json).toEqual({
      errors: [{ source: { pointer: '/login' }, detail: 'has already been taken' }],
    })
    const email = await call('/account/sign_up', { json: { ...fresh(), email: request.email.toUpperCase() } })
    expect(email.json).toEqual({
      errors: [{ source: { pointer: '/email' }, detail: 'has already been taken' }],
    })
  })

  it('names every fault', async () => {
    const empty = await call('/account/sign_up', { json: {} })
    expect(empty.status).toBe(422)
    expect(pointers(empty.json)).toEqual(['/login', '/email', '/password'])
    const types = await call('/account/sign_up', { json: { login: 1, email: [], password: 'long enough' } })
    expect(pointers(types.json)).toEqual(['/login', '/email'])
    const control = await call('/account/sign_up', { json: { ...fresh(), login: 'a\0b' } })
    expect(pointers(control.json)).toEqual(['/login'])
    const short = await call('/account/sign_up', { json: { ...fresh(), password: 'short' } })
    expect(short.json.errors[0].detail).toBe('is too short (minimum is 8 characters)')
  })

  it('refuses what is not JSON with the position', async () => {
    const headers = { 'content-type': 'application/json' }
    const refused = await call('/account/sign_up', { body: '{"login":}', headers })
    expect(refused.status).toBe(400)
    expect(refused.json.errors[0].detail).toContain('position 9')
  })
})

describe('accounts by an administrator', () => {
  it('have the roles they are given', async () => {
    const request = { ...fresh(), roles: ['trusted', 'editor'] }
    const made = await call('/account/users', { json: request, as: administrator })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({ login: request.login, roles: ['editor', 'trusted'] })
  })

  it('are refused to everybody else', async () => {
    const request = { ...fresh(), roles: ['administrator'] }
    const anonymous = await call('/account/users', { json: request })
    expect(anonymous.status).toBe(401)
    expect(anonymous.headers.get('www-authenticate')).toContain('Basic')
    const editor = await newUser(['editor'])
    expect((await call('/account/users', { json: request, as: editor.basic })).status).toBe(403)
  })

  it('have roles that are known', async () => {
    const unknown = await call('/account/users', { json: { ...fresh(), roles: ['king'] }, as: administrator })
    expect(unknown.status).toBe(422)
    expect(pointers(unknown.json)).toEqual(['/roles'])
    const noList = await call('/account/users', { json: { ...fresh(), roles: 'editor' }, as: administrator })
    expect(pointers(noList.json)).toEqual(['/roles'])
  })
})
