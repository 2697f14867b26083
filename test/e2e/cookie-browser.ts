/** What a browser shows after it has followed every redirect. */
export interface Shown {
  url: URL
  status: number
  headers: Headers
  text: string
}

const REDIRECTS_MAX = 10

/** As much of a browser as a sign-in without scripts needs: cookies by host and port, redirects, forms. */
export class CookieBrowser {
  readonly #cookies = new Map<string, Map<string, string>>()
  /** Changes the address of a redirect before it is gone to. */
  onRedirect: (url: URL) => void = () => {}

  cookie(url: string | URL, name: string): string | undefined {
    return this.#jar(url).get(name)
  }

  setCookie(url: string | URL, name: string, value: string): void {
    this.#jar(url).set(name, value)
  }

  open(address: string | URL): Promise<Shown> {
    return this.#go(new URL(address))
  }

  /** Presses a button of the form that is shown. */
  decide(shown: Shown, decision: string): Promise<Shown> {
    const action = /<form method="post" action="([^"]+)"/.exec(shown.text)?.[1]
    const ticket = /name="ticket" value="([^"]+)"/.exec(shown.text)?.[1]
    if (!action || !ticket) throw new Error(`no question is shown:\n${shown.text}`)
    if (!shown.text.includes(`value="${decision}"`)) throw new Error(`no button "${decision}"`)
    return this.#go(new URL(action, shown.url), new URLSearchParams({ ticket, decision }))
  }

  async #go(first: URL, form?: URLSearchParams): Promise<Shown> {
    let url = first
    let body = form
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...this.#jar(url)].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(body ? { method: 'POST', body } : {}),
      })
      this.#keep(url, response)
      const location = response.headers.get('location')
      if (location === null)
        return { url, status: response.status, headers: response.headers, text: await response.text() }
      await response.body?.cancel()
      url = new URL(location, url)
      body = undefined
      this.onRedirect(url)
    }
    throw new Error(`more than ${REDIRECTS_MAX} redirects from ${first.href}`)
  }

  #keep(url: URL, response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      const isOver = attributes.some(
        (attribute) => attribute === 'Max-Age=0' || /^expires=Thu, 01 Jan 1970/i.test(attribute),
      )
      if (isOver) this.#jar(url).delete(name)
      else this.#jar(url).set(name, value)
    }
  }

  #jar(url: string | URL): Map<string, string> {
    const { host } = new URL(url)
    const known = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, known)
    return known
  }
}
