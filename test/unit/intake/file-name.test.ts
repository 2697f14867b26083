import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  FILE_NAME_MAX_CHARACTERS,
  fileNameOfUrl,
  sanitizeFileName,
} from '../../../src/domain/intake/file-name.ts'

test.each([
  ['map.png', 'map.png'],
  ['Wien & Umgebung (1798).jpg', 'Wien & Umgebung (1798).jpg'],
  ['Zürich.tif', 'Zürich.tif'],
  ['Zu\u0308rich.tif', 'Zürich.tif'],
  ['/etc/passwd', 'passwd'],
  ['../../map.png', 'map.png'],
  ['C:\\scans\\map.png', 'map.png'],
  ['a/b\\c.png', 'c.png'],
  ['line\nmap.png', 'linemap.png'],
  ['ma\u0000p\r\n.png', 'map.png'],
  ['map\u202egnp.exe', 'mapgnp.exe'],
  ['a"b<c>d|e?f*g:h.png', 'a_b_c_d_e_f_g_h.png'],
  ['.htaccess', 'htaccess'],
  ['  map.png. ', 'map.png'],
  ['lone\ud800.png', 'lone\ufffd.png'],
  [`${'x'.repeat(500)}.jpeg`, `${'x'.repeat(115)}.jpeg`],
  [`${'🗺'.repeat(500)}.jpg`, `${'🗺'.repeat(116)}.jpg`],
  [`a.${'x'.repeat(500)}`, `a.${'x'.repeat(118)}`],
  [`${'x'.repeat(119)} and more`, 'x'.repeat(119)],
  ['..', 'image.png'],
  ['maps/', 'image.png'],
  ['', 'image.png'],
  [null, 'image.png'],
])('sanitizes %j to %j', (name, expected) => {
  expect(sanitizeFileName(name, 'image/png')).toBe(expected)
})

test.each([
  ['image/jpeg', 'image.jpg'],
  ['image/tiff', 'image.tif'],
  ['application/x-unknown', 'image'],
  [null, 'image'],
])('makes a name for %s', (mediaType, expected) => {
  expect(sanitizeFileName(null, mediaType)).toBe(expected)
})

test('any name becomes a safe one, which stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 180, size: 'max' }), (name) => {
      const safe = sanitizeFileName(name, null)
      expect(safe).toMatch(/^[^\p{Cc}\p{Cf}/\\<>:"|?*]+$/u)
      expect([...safe].length).toBeLessThanOrEqual(FILE_NAME_MAX_CHARACTERS)
      expect(safe.startsWith('.')).toBe(false)
      expect(sanitizeFileName(safe, null)).toBe(safe)
    }),
  )
})

test.each([
  ['https://example.org/a/Wien%201798.jpg?x=1#y', 'Wien 1798.jpg'],
  ['https://example.org/a%2Fb.jpg', 'a/b.jpg'],
  ['https://example.org/100%.jpg', '100%.jpg'],
  ['https://example.org/maps/', null],
  ['https://example.org', null],
])('the file name of %s', (url, expected) => {
  expect(fileNameOfUrl(new URL(url))).toBe(expected)
})
