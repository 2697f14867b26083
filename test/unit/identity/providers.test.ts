import { describe, expect, it } from 'vitest'
import { mayAsk } from '../../../src/domain/identity/authorization.ts'
import {
  type IdentityEnv,
  isTrustedOrigin,
  registrationOf,
} from '../../../src/domain/identity/configuration.ts'
import { SignInUnavailableError } from '../../../src/domain/identity/errors.ts'
import { PROVIDERS } from '../../../src/domain/identity/providers.ts'

const env: IdentityEnv = {
  OAUTH_GITHUB_CLIENT_ID: 'id',
  OAUTH_GITHUB_CLIENT_SECRET: 'secret',
  OAUTH_OSM_CLIENT_ID: 'id',
  OAUTH_OSM_CLIENT_SECRET: 'secret',
  OAUTH_OSM_ISSUER: 'https://master.apis.dev.openstreetmap.org/',
  OAUTH_GOOGLE_CLIENT_ID: 'id',
  AUTH_ORIGINS: 'https://app.example/, HTTP://Localhost:3000 ,nonsense,,file:///a',
}

describe('the configuration', () => {
  it('has a provider where id and secret are given, at its own address unless told another', () => {
    expect(registrationOf(env, 'github')).toMatchObject({
      name: 'github',
      issuer: 'https://github.com/login/oauth',
      clientId: 'id',
      clientSecret: 'secret',
    })
    expect(registrationOf(env, 'osm').issuer).toBe('https://master.apis.dev.openstreetmap.org')
  })

  it.each([
    ['google', 'OAUTH_GOOGLE_CLIENT_ID and OAUTH_GOOGLE_CLIENT_SECRET are needed'],
    ['mediawiki', 'Sign-in through Wikimedia is not set up here'],
    ['twitter', "There is no sign-in through 'twitter' (known: github, osm, mediawiki, google)"],
    ['__proto__', 'There is no sign-in'],
    ['a'.repeat(1000), `'${'a'.repeat(100)}'`],
  ])('has no %s', (name, words) => {
    expect(() => registrationOf(env, name)).toThrow(SignInUnavailableError)
    expect(() => registrationOf(env, name)).toThrow(words)
  })

  it('trusts the origins it names, whole', () => {
    for (const origin of ['https://app.example', 'http://localhost:3000'])
      expect(isTrustedOrigin(env, origin), origin).toBe(true)
    for (const origin of [
      'http://app.example',
      'https://app.example.org',
      'https://app.example:8443',
      'null',
      '',
    ])
      expect(isTrustedOrigin(env, origin), origin).toBe(false)
    expect(isTrustedOrigin({}, 'https://app.example')).toBe(false)
  })
})

describe('a provider without TLS', () => {
  const allow = ['127.0.0.1:4000', 'localhost:80', 'provider.example:80', '10.0.0.1:80']
  it.each([
    ['https://provider.example/', true],
    ['http://127.0.0.1:4000/a', true],
    ['http://localhost/', true],
    ['http://127.0.0.1:4001/', false],
    ['http://[::1]:4000/', false],
    ['http://provider.example/', false],
    ['http://10.0.0.1/', false],
    ['http://127.0.0.1.example:4000/', false],
    ['ftp://127.0.0.1:4000/', false],
  ])('%s: %s', (address, expected) => expect(mayAsk(new URL(address), allow)).toBe(expected))
})

describe('profiles', () => {
  const nobody = { uid: '', name: '', email: null, emailVerified: false }

  it('of GitHub have the primary address', () => {
    const emails = [
      { email: 'old@example.org', primary: false, verified: true },
      { email: 'ada@example.org', primary: true, verified: true },
    ]
    const account = { id: 583231, login: 'octocat', name: 'The Octocat', email: null }
    expect(PROVIDERS.github.profile([account, emails])).toEqual({
      uid: '583231',
      name: 'octocat',
      email: 'ada@example.org',
      emailVerified: true,
    })
    expect(PROVIDERS.github.profile([account, []])).toMatchObject({ email: null, emailVerified: false })
    expect(PROVIDERS.github.profile([null, { message: 'Not Found' }])).toEqual(nobody)
    const { endpoints } = PROVIDERS.github
    expect(endpoints('https://github.com/login/oauth').profile[0]).toBe('https://api.github.com/user')
    expect(endpoints('https://git.example/login/oauth').profile[0]).toBe('https://git.example/api/v3/user')
  })

  it('of MediaWiki have the central id', () => {
    const answer = { sub: 12345, username: 'Ada', confirmed_email: true, realname: '', blocked: false }
    expect(PROVIDERS.mediawiki.profile([answer])).toEqual({
      uid: '12345',
      name: 'Ada',
      email: null,
      emailVerified: true,
    })
    expect(PROVIDERS.mediawiki.profile(['hidden'])).toEqual(nobody)
  })

  it('of OpenID providers have the standard claims', () => {
    const claims = { sub: 'a1', name: 'Ada L', email: 'ada@example.org', email_verified: true }
    expect(PROVIDERS.google.profile(claims)).toEqual({
      uid: 'a1',
      name: 'Ada L',
      email: 'ada@example.org',
      emailVerified: true,
    })
    expect(PROVIDERS.google.profile({ ...claims, email_verified: 'true' }).emailVerified).toBe(false)
    expect(PROVIDERS.osm.profile({ sub: 7, preferred_username: 'mapper' })).toEqual({
      uid: '7',
      name: 'mapper',
      email: null,
      emailVerified: false,
    })
  })
})
