import { expect, it } from 'vitest'
import { prefersHtml } from '../../../src/http/accept.ts'

it.each([
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['application/json', false],
  ['text/html', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', true],
  ['text/html, */*', true],
  ['text/*, */*', true],
  ['application/json, text/html', false],
  ['application/json;q=0.5, TEXT/HTML;Q=0.9', true],
  ['text/html;q=0.5, application/json', false],
  ['text/html;q=0, */*', false],
  ['text/html;q=0', false],
  ['image/png', false],
  ['text/html;q=nonsense', true],
  [',;,', false],
])('%s', (accept, expected) => expect(prefersHtml(accept)).toBe(expected))
