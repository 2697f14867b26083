import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readOpening } from '../../../src/domain/identity/opening.ts'

const OWN = 'https://maps.example'

describe('without a window', () => {
  it.each([
    ['', '/'],
    ['/maps/1?a=b#c', '/maps/1?a=b'],
    ['https://maps.example/maps/1', '/maps/1'],
    ['https://elsewhere.example/maps/1', '/'],
    ['http://maps.example/', '/'],
    ['//elsewhere.example/a', '/'],
    ['/\\elsewhere.example/a', '/'],
    ['https://maps.example//elsewhere.example/a', '/elsewhere.example/a'],
    ['https://maps.example/\\elsewhere.example', '/elsewhere.example'],
    ['javascript:alert(1)', '/'],
    ['http://[', '/'],
    [`/${'a'.repeat(600)}`, '/'],
  ])('%s leads to %s', (address, returnTo) =>
    expect(readOpening('', address, OWN)).toEqual({ window: null, returnTo }),
  )

  it('never leads to another host', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      ':',
      '@',
      '#',
      '?',
      '\t',
      '\n',
      'a',
      OWN,
      'evil.example',
      'http',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const opening = readOpening('', pieces.join(''), OWN)
        if (!('returnTo' in opening)) throw new Error('no return')
        expect(new URL(opening.returnTo, OWN).origin).toBe(OWN)
      }),
    )
  })
})

describe('with a window', () => {
  it('keeps the origin of the page that waits, as a browser writes it', () => {
    expect(readOpening('newWindow', 'HTTPS://App.Example:443/a?b#c', OWN)).toEqual({
      window: 'newWindow',
      origin: 'https://app.example',
    })
    expect(readOpening('inAppBrowser', 'http://localhost:3000', OWN)).toMatchObject({
      origin: 'http://localhost:3000',
    })
    expect(readOpening('newWindow', 'https://m\u00e4ps.example/', OWN)).toMatchObject({
      origin: 'https://xn--mps-qla.example',
    })
  })

  it.each([
    ['newWindow', ''],
    ['newWindow', '/maps'],
    ['newWindow', 'file:///a'],
    ['newWindow', 'data:text/html,a'],
    ['newWindow', 'blob:https://app.example/1'],
    ['newWindow', `https://${'a.'.repeat(200)}example`],
    ['newWindow', `https://app.example/${'a'.repeat(2000)}`],
    ['sameWindow', 'https://app.example'],
  ])('%s refuses %s', (window, address) =>
    expect(readOpening(window, address, OWN)).toEqual({ fault: expect.any(String) }),
  )
})
