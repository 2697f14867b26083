import { describe, expect, it } from 'vitest'
import { databaseAddress } from '../../../src/domain/connections/address.ts'

describe('the address of a database elsewhere', () => {
  it('is taken apart, percent-encoded parts decoded', () => {
    expect(databaseAddress('postgres://a%40b:p%3Aw@db.example.org:6543/my%20gis', [])).toEqual({
      ...{ host: 'db.example.org', port: 6543, user: 'a@b', password: 'p:w', database: 'my gis', tls: true },
    })
    expect(databaseAddress('postgresql://me@db.example.org?sslmode=disable', [])).toEqual({
      ...{ host: 'db.example.org', port: 5432, user: 'me', password: '', database: 'me', tls: false },
    })
  })

  it.each([
    'postgres://u:secretpw@127.0.0.1/db',
    'postgres://u:secretpw@localhost/db',
    'postgres://u:secretpw@2130706433/db',
    'postgres://u:secretpw@0x7f.1/db',
    'postgres://u:secretpw@[::1]/db',
    'postgres://u:secretpw@[::ffff:10.0.0.1]/db',
    'postgres://u:secretpw@192.168.1.5:5432/db',
    'postgres://u:secretpw@169.254.169.254/db',
    'postgres://u:secretpw@%31%32%37.0.0.1/db',
    'postgres://u:secretpw@db/db',
    'postgres://u:secretpw@db.internal/db',
    'postgres:///db?host=/var/run/postgresql',
    'mysql://u:secretpw@db.example.org/db',
    'http://u:secretpw@db.example.org/db',
    'postgres://u:secretpw@db.example.org/db?sslmode=prefer',
    'postgres://u:secretpw@db.example.org:99999/db',
    'postgres://u:secretpw%00@db.example.org/db',
    'postgres://u:secretpw%E0%A4@db.example.org/db',
    'postgres://db.example.org/db',
    `postgres://u:secretpw@db.example.org/${'d'.repeat(3000)}`,
    '',
  ])('refuses %j without telling the password', (url) => {
    expect(() => databaseAddress(url, [])).toThrow(/^url (?!.*secretpw)/)
  })

  it('lets a private host pass that is allowed, on its port alone', () => {
    const url = 'postgres://u@127.0.0.1:7777/db?sslmode=disable'
    expect(databaseAddress(url, ['127.0.0.1:7777']).port).toBe(7777)
    expect(() => databaseAddress(url, ['127.0.0.1:7778'])).toThrow('not a public host')
    expect(databaseAddress('postgres://u@[::1]:7777/db', ['[::1]:7777']).host).toBe('::1')
  })
})
