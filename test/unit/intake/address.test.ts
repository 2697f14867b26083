import { describe, expect, test } from 'vitest'
import { checkUrl } from '../../../src/domain/intake/safe-fetch.ts'

const check = (url: string, allow: string[] = []) => checkUrl(new URL(url), allow)

const PRIVATE = {
  'IPv4 loopback': ['http://127.0.0.1/', 'http://127.255.255.254:8080/a.png', 'https://127.1/'],
  'other spellings of 127.0.0.1': [
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://017700000001/',
    'http://0177.0.0.01/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://１２７.０.０.１/',
    'http://127。0。0。1/',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1\\a.png',
  ],
  'IPv4 private': ['http://10.0.0.1/', 'http://172.16.0.1/', 'http://172.31.255.255/', 'http://192.168.1.1/'],
  'IPv4 link-local, cloud metadata': ['http://169.254.169.254/latest/meta-data/', 'http://0xa9fea9fe/'],
  'IPv4 carrier-grade NAT': ['http://100.64.0.1/', 'http://100.127.255.255/'],
  'IPv4 this network': ['http://0.0.0.0/', 'http://0/', 'http://0.1.2.3/'],
  'IPv4 multicast, reserved, broadcast': [
    'http://224.0.0.1/',
    'http://239.255.255.250/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
  ],
  'IPv4 documentation, benchmarking, protocol assignments': [
    'http://192.0.2.1/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://198.18.0.1/',
    'http://192.0.0.8/',
    'http://192.88.99.1/',
  ],
  'IPv6 loopback and unspecified': ['http://[::1]/', 'http://[0:0:0:0:0:0:0:1]:8787/', 'http://[::]/'],
  'IPv6 unique local, link-local, site-local': [
    'http://[fc00::1]/',
    'http://[fd12:3456:789a::1]/',
    'http://[fe80::1]/',
    'http://[febf::1]/',
    'http://[fec0::1]/',
  ],
  'IPv6 multicast, discard': ['http://[ff02::1]/', 'http://[100::1]/'],
  'IPv4 in IPv6: mapped, compatible, translated': [
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
  ],
  'IPv4 in IPv6: NAT64': [
    'http://[64:ff9b::127.0.0.1]/',
    'http://[64:ff9b::8.8.8.8]/',
    'http://[64:ff9b:1::10.0.0.1]/',
    'http://[64:ff9b:1:ffff::a00:1]/',
  ],
  'IPv4 in IPv6: 6to4 and Teredo': [
    'http://[2002:7f00:1::]/',
    'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
  ],
  'IPv6 documentation, benchmarking, ORCHID, segment routing': [
    'http://[2001:db8::1]/',
    'http://[3fff::1]/',
    'http://[2001:2::1]/',
    'http://[2001:20::1]/',
    'http://[5f00::1]/',
  ],
  'private names': [
    'http://localhost/',
    'http://LOCALHOST:8787/',
    'http://localhost./',
    'http://a.localhost/',
    'http://printer.local/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://metadata.google.internal./',
    'http://router.home.arpa/',
    'http://nas.lan/',
    'http://db.corp/',
    'http://x.onion/',
  ],
  'names of one label': ['http://database/', 'http://redis:6379/', 'http://kubernetes/'],
}

describe('checkUrl', () => {
  test.each(Object.entries(PRIVATE).flatMap(([why, urls]) => urls.map((url) => [why, url])))(
    'refuses %s: %s',
    (_, url) => {
      expect(() => check(url)).toThrow(expect.objectContaining({ reason: 'private-address' }))
    },
  )

  test.each([
    'file:///etc/passwd',
    'ftp://example.org/a.png',
    'data:image/png;base64,QQ==',
    'gopher://example.org/',
    'blob:https://example.org/1',
    'javascript:alert(1)',
    'ws://example.org/',
  ])('refuses the scheme of %s', (url) => {
    expect(() => check(url)).toThrow(expect.objectContaining({ reason: 'scheme' }))
  })

  test.each(['http://user@example.org/', 'https://user:secret@example.org/', 'https://:secret@example.org/'])(
    'refuses the credentials of %s',
    (url) => {
      expect(() => check(url)).toThrow(expect.objectContaining({ reason: 'credentials' }))
    },
  )

  test.each([
    'https://example.org/map.jpg',
    'http://example.org:8080/map.jpg',
    'http://8.8.8.8/',
    'http://172.15.0.1/',
    'http://172.32.0.1/',
    'http://100.63.255.255/',
    'http://100.128.0.1/',
    'http://169.253.0.1/',
    'http://223.255.255.1/',
    'http://[2606:4700:4700::1111]/',
    'http://[2a00:1450:4001::1]/',
    'https://upload.wikimedia.org/a%20b.jpg',
    'https://local.example.org/',
    'https://internal.de/',
    'https://müller.example.net/',
  ])('lets %s pass', (url) => {
    expect(() => check(url)).not.toThrow()
  })

  test('exempts exactly the host and port that are allowed', () => {
    const allow = ['127.0.0.1:9000', 'localhost:80', '[::1]:443']
    for (const url of [
      'http://127.0.0.1:9000/a',
      'http://2130706433:9000/',
      'http://localhost/',
      'https://[::1]/',
    ]) {
      expect(() => check(url, allow)).not.toThrow()
    }
    for (const url of [
      'http://127.0.0.1:9001/',
      'http://127.0.0.2:9000/',
      'http://localhost:8080/',
      'https://localhost/',
      'http://[::1]/',
    ]) {
      expect(() => check(url, allow)).toThrow(expect.objectContaining({ reason: 'private-address' }))
    }
    expect(() => check('http://user@127.0.0.1:9000/', allow)).toThrow()
  })
})
