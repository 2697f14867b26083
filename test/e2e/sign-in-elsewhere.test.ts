import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { eq } from 'drizzle-orm'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { users } from '../../src/store/schema.ts'
import { CookieBrowser, type Shown } from './cookie-browser.ts'
import { type IdentityProviders, type Person, startIdentityProviders } from './identity-providers.ts'
import { administrator, baseUrl, call, newUser } from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'
import {
  begin,
  credentialsOf,
  isNotice,
  person,
  plain,
  popup,
  STRANGER,
  signInByPassword,
  TRUSTED,
  WHO_AM_I,
} from './sign-in-client.ts'

const COOKIE = 'graticule_sign_in'
const CHROMIUM = '/usr/bin/chromium'

let providers: IdentityProviders
beforeAll(async () => {
  providers = await startIdentityProviders()
})
afterAll(() => providers.stop())
beforeEach(() => {
  providers.githubStatus = null
})

/** Signs in as `who` in a browser that was not used before, unless one is given. */
function signIn(who: Person, address: URL, browser = new CookieBrowser()): Promise<Shown> {
  providers.person = who
  return browser.open(address)
}

describe('signing in through an OpenID provider', () => {
  it('makes an account, and finds it the next time', async () => {
    const ada = person()
    const shown = await signIn(ada, plain('google'))
    expect(shown.status, shown.text).toBe(200)
    expect(shown.url.pathname).toBe(WHO_AM_I)
    const first = JSON.parse(shown.text)
    expect(first.data.attributes).toMatchObject({ login: ada.name, provider: 'google', enabled: true })
    const token = { 'x-user-id': first.data.id, 'x-user-token': first.meta.auth_token }
    expect((await call(WHO_AM_I, { headers: token })).status).toBe(200)
    const seen = await call(`/api/v1/users/${first.data.id}`, { as: administrator })
    expect(seen.json.data.attributes.email).toBe(ada.email)
    const again = JSON.parse((await signIn({ ...ada, name: 'Augusta' }, plain('google'))).text)
    expect(again.data).toEqual(first.data)
  })

  it('leads to the root where nothing else was asked for, and never to another host', async () => {
    const ada = person()
    const root = (await fetch(new URL('/', baseUrl))).url
    expect(new URL(root).host).toBe(new URL(baseUrl).host)
    for (const address of [begin('google'), begin('google', { auth_origin_url: `${STRANGER}/a` })])
      expect((await signIn(ada, address)).url.href).toBe(root)
    const slashes = begin('google', { auth_origin_url: `${baseUrl}//stranger.example/a` })
    expect((await signIn(ada, slashes)).url.href).toBe(new URL('/stranger.example/a', baseUrl).href)
  })

  it('gives a page of a trusted origin a token that works, and no other page', async () => {
    const ada = person()
    const shown = await signIn(ada, popup('google', `${TRUSTED}/maps?a=1#b`))
    const credentials = credentialsOf(shown)
    expect(credentials).toEqual({
      message: 'deliverCredentials',
      auth_token: expect.any(String),
      uid: ada.uid,
      id: expect.stringMatching(/^\d+$/),
      name: ada.name,
      email: ada.email,
      provider: 'google',
    })
    expect(shown.text).toContain(`var origin = "${TRUSTED}";`)
    expect(shown.text).not.toContain("'*'")
    const policy = shown.headers.get('content-security-policy')
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[\w-]{22}'; /)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(shown.headers.get('cache-control')).toBe('no-store')
    expect(shown.headers.get('x-content-type-options')).toBe('nosniff')
    expect(shown.headers.get('referrer-policy')).toBe('no-referrer')
    const as = { 'x-user-id': credentials.id, 'x-user-token': credentials.auth_token }
    const made = await call('/api/v1/maps', {
      json: { data: { type: 'maps', attributes: { title: 'By token' } } },
      as,
    })
    expect(made.status, made.text).toBe(201)
    expect(made.json.data.relationships.added_by.data.id).toBe(credentials.id)
  })

  it('asks the person before a page of another origin gets one', async () => {
    const ada = person()
    const browser = new CookieBrowser()
    const asked = await signIn(ada, popup('google', `${STRANGER}/page`), browser)
    expect(asked.status, asked.text).toBe(200)
    expect(asked.text).toContain(`<strong>${STRANGER}</strong> asks to act here`)
    expect(asked.text).not.toContain('auth_token')
    expect(asked.text).not.toContain('<script')
    const denied = await browser.decide(asked, 'deny')
    expect(denied.status).toBe(200)
    expect(denied.text).toContain('Nothing was done')
    expect(denied.text).not.toContain('auth_token')
    const allowed = await browser.decide(asked, 'allow')
    expect(credentialsOf(allowed).uid).toBe(ada.uid)
    expect(allowed.text).toContain(`var origin = "${STRANGER}";`)
  })

  it('takes the answer of nobody else', async () => {
    const asked = await signIn(person(), popup('google', STRANGER))
    isNotice(await new CookieBrowser().decide(asked, 'allow'), 400, 'no longer open')
    const another = new CookieBrowser()
    await signIn(person(), plain('google'), another)
    isNotice(await another.decide(asked, 'allow'), 400, 'no longer open')
    const forged = { ...asked, text: asked.text.replace(/(name="ticket" value="[^"]{60})./, '$1~') }
    isNotice(await another.decide(forged, 'allow'), 400, 'no longer open')
  })

  it('needs no page of its own when it is asked for by this origin', async () => {
    expect(credentialsOf(await signIn(person(), popup('google', `${baseUrl}/editor`))).provider).toBe(
      'google',
    )
  })
})

describe('a sign-in that is tampered with', () => {
  const stale = 'Begin again'
  /** Stops where the provider sends the browser back, and returns that address. */
  async function untilCallback(browser: CookieBrowser, provider: string): Promise<URL> {
    let callback: URL | undefined
    browser.onRedirect = (url) => {
      if (url.pathname.endsWith('/callback')) {
        callback = new URL(url)
        url.pathname = '/missing.png'
      }
    }
    await signIn(person(), plain(provider), browser)
    browser.onRedirect = () => {}
    expect(callback).toBeDefined()
    return callback!
  }

  it('is refused with another state, without one, or a second time', async () => {
    const browser = new CookieBrowser()
    const callback = await untilCallback(browser, 'google')
    const cookie = browser.cookie(baseUrl, COOKIE)!
    for (const state of ['other', '', null]) {
      const changed = new URL(callback)
      if (state === null) changed.searchParams.delete('state')
      else changed.searchParams.set('state', state)
      browser.setCookie(baseUrl, COOKIE, cookie)
      isNotice(await browser.open(changed), 400, stale)
    }
    expect(browser.cookie(baseUrl, COOKIE)).toBeUndefined()
    isNotice(await browser.open(callback), 400, 'ten minutes')
    browser.setCookie(baseUrl, COOKIE, cookie)
    expect((await browser.open(callback)).status).toBe(200)
    browser.setCookie(baseUrl, COOKIE, cookie)
    isNotice(await browser.open(callback), 400, stale)
  })

  it('is refused in another browser, and with a cookie that was changed or is of another provider', async () => {
    const browser = new CookieBrowser()
    const callback = await untilCallback(browser, 'google')
    const cookie = browser.cookie(baseUrl, COOKIE)!
    isNotice(await new CookieBrowser().open(callback), 400, stale)
    const middle = cookie.length >> 1
    const changed = `${cookie.slice(0, middle)}${cookie[middle] === 'A' ? 'B' : 'A'}${cookie.slice(middle + 1)}`
    browser.setCookie(baseUrl, COOKIE, changed)
    isNotice(await browser.open(callback), 400, stale)
    browser.setCookie(baseUrl, COOKIE, cookie)
    const elsewhere = new URL(callback.href.replace('/google/', '/github/'))
    isNotice(await browser.open(elsewhere), 400, stale)
  })

  it('is refused with the code of another sign-in: the verifier is not its own', async () => {
    for (const provider of ['google', 'github']) {
      const victim = await untilCallback(new CookieBrowser(), provider)
      const browser = new CookieBrowser()
      const callback = await untilCallback(browser, provider)
      callback.searchParams.set('code', victim.searchParams.get('code')!)
      isNotice(await browser.open(callback), 400, stale)
    }
  })

  it('is refused with a challenge or nonce that is not its own', async () => {
    const changes: [string, number][] = [
      ['code_challenge', 400],
      ['nonce', 502],
    ]
    for (const [parameter, status] of changes) {
      const browser = new CookieBrowser()
      browser.onRedirect = (url) => {
        if (url.searchParams.has(parameter)) url.searchParams.set(parameter, 'x'.repeat(43))
      }
      const shown = await signIn(person(), plain('google'), browser)
      isNotice(shown, status, status === 400 ? stale : 'does not answer as it should')
    }
  })
})

describe('a provider that does not agree or answer', () => {
  it('is told on a page: the person declined', async () => {
    isNotice(await signIn(person({ declines: true }), plain('google')), 403, 'You did not agree at Google')
  })

  it('is told on a page: it is out of order', async () => {
    const browser = new CookieBrowser()
    browser.onRedirect = ({ pathname }) => {
      if (pathname.endsWith('/callback')) providers.githubStatus = 500
    }
    isNotice(await signIn(person(), plain('github'), browser), 502, 'GitHub does not answer as it should')
  })

  it('is told as JSON where there is none, or it is not set up', async () => {
    for (const [name, words] of [
      ['facebook', "There is no sign-in through 'facebook'"],
      ['constructor', 'There is no sign-in'],
      ['osm', 'OAUTH_OSM_CLIENT_ID and OAUTH_OSM_CLIENT_SECRET are needed'],
    ] as const)
      for (const path of [`/u/auth/${name}`, `/u/auth/${name}/callback?code=a&state=b`]) {
        const { status, json } = await call(path)
        expect(status).toBe(404)
        expect(json.errors[0].title).toBe('Not found')
        expect(json.errors[0].detail).toContain(words)
      }
    expect((await call('/u/auth/facebook/decision', { json: {} })).status).toBe(404)
  })

  it('is not gone to for a window nobody can be told from', async () => {
    const refused: Record<string, string>[] = [
      { omniauth_window_type: 'sameWindow', auth_origin_url: TRUSTED },
      { omniauth_window_type: 'newWindow' },
      { omniauth_window_type: 'newWindow', auth_origin_url: 'javascript:alert(1)' },
      { omniauth_window_type: 'inAppBrowser', auth_origin_url: 'file:///index.html' },
      { omniauth_window_type: 'newWindow', auth_origin_url: `${TRUSTED}/${'a'.repeat(3000)}` },
    ]
    for (const parameters of refused) {
      const { status, json } = await call(begin('google', parameters).href)
      expect(status, JSON.stringify(parameters)).toBe(422)
      expect(json.errors[0].title).toBe('Invalid param')
    }
    const hostile = begin('google', { auth_origin_url: 'http://[\0', omniauth_window_type: '' })
    expect((await call(hostile.href)).status).toBe(302)
  })

  it('is asked for with PKCE, state and nonce, and a cookie that scripts and other sites do not get', async () => {
    const { status, headers } = await call('/u/auth/google')
    expect(status).toBe(302)
    const query = new URL(headers.get('location')!).searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      scope: 'openid email profile',
      redirect_uri: `${new URL(baseUrl).origin}/u/auth/google/callback`,
    })
    const [cookie] = headers.getSetCookie()
    for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/u/auth', 'Max-Age=600'])
      expect(cookie).toContain(attribute)
    expect(cookie).not.toContain(query.get('state')!)
  })
})

describe('GitHub and MediaWiki', () => {
  it('tell name and verified address; one login is given once', async () => {
    const name = `octo${randomInt(1e9)}`
    const first = credentialsOf(await signIn(person({ name }), popup('github', TRUSTED)))
    const second = credentialsOf(await signIn(person({ name: name.toUpperCase() }), popup('github', TRUSTED)))
    expect(first).toMatchObject({ name, provider: 'github', email: providersEmail(first.uid) })
    expect(second.name).toBe(`${name.toUpperCase()}-2`)
    expect(second.id).not.toBe(first.id)
  })

  it('get a placeholder for an address they do not tell, or have not verified', async () => {
    const wiki = person({ name: `Wiki${randomInt(1e9)}` })
    const credentials = credentialsOf(await signIn(wiki, popup('mediawiki', TRUSTED)))
    expect(credentials).toMatchObject({
      name: wiki.name,
      uid: wiki.uid,
      provider: 'mediawiki',
      email: `mediawiki-${wiki.uid}@users.noreply.invalid`,
    })
    const victim = await newUser()
    const hub = person({ email: victim.email, emailVerified: false })
    const { email } = credentialsOf(await signIn(hub, popup('github', TRUSTED)))
    expect(email).toBe(`github-${hub.uid}@users.noreply.invalid`)
    const squatter = {
      login: `s${hub.uid}`,
      email: 'github-1@users.noreply.invalid',
      password: 'long enough',
    }
    expect((await call('/account/sign_up', { json: squatter })).status).toBe(422)
  })

  const providersEmail = (uid: string) => `ada${uid}@example.org`
})

describe('an account that is there already', () => {
  it('is not taken over by its address', async () => {
    const owner = await newUser()
    const shown = await signIn(person({ email: owner.email.toUpperCase() }), plain('google'))
    isNotice(shown, 409, 'belongs to an account here already')
  })

  it('is linked when the person who is signed in to it says so', async () => {
    const owner = await newUser()
    const ada = person({ email: owner.email })
    const browser = await signInByPassword(owner)
    const asked = await signIn(ada, plain('google'), browser)
    expect(asked.text).toContain('Link two accounts?')
    expect((await browser.decide(asked, 'cancel')).text).toContain('Nothing was done')
    isNotice(await browser.decide(asked, 'separate'), 409, 'belongs to an account here already')
    const linked = await browser.decide(asked, 'link')
    expect(JSON.parse(linked.text).data).toMatchObject({
      id: String(owner.id),
      attributes: { provider: 'google' },
    })
    isNotice(await browser.decide(asked, 'link'), 400, 'linked meanwhile')
    const later = JSON.parse((await signIn(ada, plain('google'))).text)
    expect(later.data.id).toBe(String(owner.id))
    expect((await call(WHO_AM_I, { as: owner.basic })).status).toBe(200)
  })

  it('stays as it is when the person makes a new one', async () => {
    const owner = await newUser()
    const ada = person()
    const browser = await signInByPassword(owner)
    const asked = await signIn(ada, popup('google', TRUSTED), browser)
    const credentials = credentialsOf(await browser.decide(asked, 'separate'))
    expect(credentials).toMatchObject({ uid: ada.uid, email: ada.email })
    expect(credentials.id).not.toBe(String(owner.id))
    const current = JSON.parse((await browser.open(new URL(WHO_AM_I, baseUrl))).text)
    expect(current.data.id).toBe(credentials.id)
    const before = await call(WHO_AM_I, { as: owner.basic })
    expect(before.json.data.attributes.provider).toBeNull()
  })

  it('is refused when it is disabled', async () => {
    const ada = person()
    const { id } = credentialsOf(await signIn(ada, popup('google', TRUSTED)))
    const db = await platformDatabase()
    await db
      .update(users)
      .set({ enabled: false })
      .where(eq(users.id, Number(id)))
    isNotice(await signIn(ada, plain('google')), 403, 'is disabled')
  })

  it('has no password to sign in with when it came from elsewhere', async () => {
    const ada = person()
    await signIn(ada, plain('google'))
    for (const password of ['', 'null', 'undefined'])
      expect((await call('/u/sign_in', { json: { user: { email: ada.email, password } } })).status).toBe(401)
  })
})

describe.skipIf(!existsSync(CHROMIUM))('a window of Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  })
  afterAll(() => browser.close())

  /** The documented example: opens the window, asks it again and again, and keeps what it is told. */
  const opener = (page: string) => `<!doctype html><title>App</title><button>Sign in</button><script>
    var domain = ${JSON.stringify(new URL(baseUrl).origin)};
    var received = [], asked = 0;
    document.querySelector('button').addEventListener('click', function () {
      var myPopup = window.open(domain + '/u/auth/google?omniauth_window_type=newWindow&auth_origin_url=' +
        ${JSON.stringify(page)}, 'myWindow');
      setInterval(function () { asked++; myPopup.postMessage('requestCredentials', domain); }, 50);
    });
    window.addEventListener('message', function (event) {
      if (event.origin === domain) received.push(event.data);
    });
  </script>`

  /** @param named the page that the window is told to be opened by */
  async function openWindow(origin: string, named = `${origin}/app`): Promise<{ page: Page; window: Page }> {
    const context = await browser.newContext()
    await context.route(`${origin}/**`, (route) =>
      route.fulfill({ contentType: 'text/html', body: opener(named) }),
    )
    const page = await context.newPage()
    await page.goto(`${origin}/app`)
    const opened = context.waitForEvent('page')
    await page.click('button')
    return { page, window: await opened }
  }

  /** Until the page has asked several times more. */
  const askAgain = async (page: Page) => {
    const asked = await page.evaluate('asked')
    await page.waitForFunction(`asked > ${asked} + 5`)
  }

  it('tells a trusted page the credentials, and closes', async () => {
    providers.person = person()
    const { page, window } = await openWindow(TRUSTED)
    if (!window.isClosed()) await window.waitForEvent('close')
    await page.waitForFunction('received.length > 0')
    const [credentials] = (await page.evaluate('received')) as Record<string, string>[]
    expect(credentials).toMatchObject({ message: 'deliverCredentials', uid: providers.person.uid })
    const headers = { 'x-user-id': credentials!.id!, 'x-user-token': credentials!.auth_token! }
    expect((await call(WHO_AM_I, { headers })).status).toBe(200)
    await page.context().close()
  })

  it('tells another page nothing until the person allows it', async () => {
    providers.person = person()
    const { page, window } = await openWindow(STRANGER)
    await window.waitForSelector('button[value=allow]')
    expect(await window.textContent('body')).toContain(`${STRANGER} asks to act here`)
    await askAgain(page)
    expect(await page.evaluate('received')).toEqual([])
    const closed = window.waitForEvent('close')
    await window.click('button[value=allow]')
    await closed
    await page.waitForFunction('received.length > 0')
    const [credentials] = (await page.evaluate('received')) as Record<string, string>[]
    expect(credentials).toMatchObject({ message: 'deliverCredentials', uid: providers.person.uid })
    await page.context().close()
  })

  it('tells a page nothing that names a trusted one in its place', async () => {
    providers.person = person()
    const { page, window } = await openWindow(STRANGER, `${TRUSTED}/app`)
    await window.waitForSelector('text=Signed in as')
    await askAgain(page)
    expect(await page.evaluate('received')).toEqual([])
    expect(await window.evaluate('requestCredentials()')).toMatchObject({ uid: providers.person.uid })
    await page.context().close()
  })
})
