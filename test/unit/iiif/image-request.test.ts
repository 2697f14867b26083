import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ImageRequestError, parseImageRequest } from '../../../src/standards/iiif/image-request.ts'

const IMAGE = { width: 1600, height: 1018 }
const MAX_AREA = 4 * 1024 * 1024

const parse = (path: string, image = IMAGE, maxArea = MAX_AREA) => parseImageRequest(path, image, maxArea)
const regionOf = (text: string) => parse(`${text}/max/0/default.jpg`).region
const sizeOf = (text: string, region = 'full') => parse(`${region}/${text}/0/default.jpg`).size

function statusOf(path: string): number {
  try {
    parse(path)
    return 200
  } catch (error) {
    if (!(error instanceof ImageRequestError)) throw error
    return error.status
  }
}

describe('the region', () => {
  test.each([
    ['full', { x: 0, y: 0, width: 1600, height: 1018 }],
    ['square', { x: 291, y: 0, width: 1018, height: 1018 }],
    ['10,20,30,40', { x: 10, y: 20, width: 30, height: 40 }],
    ['1590,1000,100,100', { x: 1590, y: 1000, width: 10, height: 18 }],
    ['pct:25,50,50,25', { x: 400, y: 509, width: 800, height: 255 }],
  ])('%s', (text, region) => expect(regionOf(text)).toEqual(region))

  test.each([
    '1600,0,10,10',
    '0,1018,10,10',
    '0,0,0,10',
    '-1,0,10,10',
    '1,2,3',
    'pct:100,0,10,10',
    'whole',
    '1.5,0,9,9',
  ])('%s has nothing of the image or is none', (text) =>
    expect(statusOf(`${text}/max/0/default.jpg`)).toBe(400),
  )
})

describe('the size', () => {
  test.each([
    ['max', { width: 1600, height: 1018 }],
    ['full', { width: 1600, height: 1018 }],
    ['800,', { width: 800, height: 509 }],
    [',509', { width: 800, height: 509 }],
    ['pct:25', { width: 400, height: 255 }],
    ['300,300', { width: 300, height: 300 }],
    ['!300,300', { width: 300, height: 191 }],
    ['!3000,3000', { width: 1600, height: 1018 }],
    ['^!1700,3000', { width: 1700, height: 1082 }],
    ['^2000,', { width: 2000, height: 1273 }],
    ['^pct:120', { width: 1920, height: 1222 }],
  ])('%s', (text, size) => expect(sizeOf(text)).toEqual(size))

  test('max is what may be drawn at most, enlarged only where that is asked for', () => {
    const large = { width: 16_000, height: 10_000 }
    const { width, height } = parse('full/max/0/default.jpg', large).size
    expect(width * height).toBeLessThanOrEqual(MAX_AREA)
    expect(width / height).toBeCloseTo(1.6, 2)
    const enlarged = sizeOf('^max', '0,0,100,100')
    expect(enlarged).toEqual({ width: 2048, height: 2048 })
    expect(sizeOf('max', '0,0,100,100')).toEqual({ width: 100, height: 100 })
  })

  test.each([
    '1601,',
    ',1019',
    'pct:101',
    '0,',
    ',0',
    ',',
    '',
    '1,2,3',
    'pct:0x',
    '^9000,9000',
    '!,',
    'pct:',
    '-5,',
  ])('%s is refused', (text) => expect(statusOf(`full/${text}/0/default.jpg`)).toBe(400))
})

describe('rotation, quality and format', () => {
  test.each([
    ['0/default.jpg', 200],
    ['!90/gray.png', 200],
    ['360/color.webp', 200],
    ['45/default.jpg', 501],
    ['361/default.jpg', 400],
    ['-90/default.jpg', 400],
    ['0/bitonic.jpg', 501],
    ['0/native.jpg', 400],
    ['0/default.tif', 501],
    ['0/default.exe', 400],
    ['0/default', 400],
    ['0/default.jpg/more', 400],
  ])('%s: %i', (rest, status) => expect(statusOf(`full/max/${rest}`)).toBe(status))
})

test('what the canonical form names is the same request', () => {
  const share = fc.integer({ min: 0, max: 100 })
  const side = fc.integer({ min: 1, max: 1600 })
  const region = fc.oneof(
    fc.constantFrom('full', 'square'),
    fc.tuple(fc.nat(1599), fc.nat(1017), side, side).map(String),
    fc.tuple(fc.nat(99), fc.nat(99), share, share).map((values) => `pct:${values}`),
  )
  const size = fc.oneof(
    fc.constantFrom('max', '^max', 'full'),
    fc
      .tuple(fc.constantFrom('', '^'), side, fc.constantFrom('w', 'h'))
      .map(([up, n, axis]) => (axis === 'w' ? `${up}${n},` : `${up},${n}`)),
    fc.tuple(fc.constantFrom('', '^', '!', '^!'), side, side).map(([up, w, h]) => `${up}${w},${h}`),
  )
  const rest = fc.constantFrom('0/default.jpg', '!0/gray.png', '90/color.webp', '!270/default.jpg')
  fc.assert(
    fc.property(region, size, rest, (...parts) => {
      const path = parts.join('/')
      if (statusOf(path) !== 200) return
      const { canonical, quality, ...request } = parse(path)
      const again = parse(canonical)
      expect(again.canonical).toBe(canonical)
      expect(again).toMatchObject({ ...request, quality: quality === 'color' ? 'default' : quality })
    }),
  )
})

test('nothing but its own error comes of any text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('full', 'max', '0', 'pct:', ',')), {
        maxLength: 6,
      }),
      (parts) => {
        expect([200, 400, 501]).toContain(statusOf(parts.join('/')))
      },
    ),
  )
})
