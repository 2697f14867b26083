import { expect, it } from 'vitest'
import { type Coding, preferredCoding } from '../../../src/dialects/mapapps/content-coding.ts'
import { digestOfTag, tagsIn } from '../../../src/dialects/mapapps/entity-tags.ts'

const preferred = (accepted: string, there: Coding[] = ['br', 'gzip', 'identity']): Coding =>
  preferredCoding(accepted, (coding) => there.includes(coding))

it.each([
  ['', 'identity'],
  ['gzip, deflate, br', 'br'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZIP;Q=1', 'gzip'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0, gzip;q=0', 'identity'],
  ['*', 'br'],
  ['br;q=0, *', 'gzip'],
  ['identity, br;q=0.5', 'identity'],
  ['identity;q=0.1, gzip;q=0.2', 'gzip'],
  ['identity;q=0, *;q=0', 'identity'],
  ['br;q=hugh, gzip;q=2', 'identity'],
  ['zstd', 'identity'],
] as const)('of a client that takes %j', (accepted, coding) => {
  expect(preferred(accepted)).toBe(coding)
})

it('what is not there is not chosen', () => {
  expect(preferred('br, gzip;q=0.1', ['gzip', 'identity'])).toBe('gzip')
  expect(preferred('br, gzip', ['identity'])).toBe('identity')
})

it('entity tags name digests, whatever their coding', () => {
  expect(tagsIn('"a-br", W/"b", "c-gzip" , d').map(digestOfTag)).toEqual(['a', 'b', 'c'])
  expect(tagsIn('nothing')).toEqual([])
})
