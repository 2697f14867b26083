import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isNeonHost, readSettings } from '../../../dev/settings.ts'

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect(readSettings({})).toEqual({
      port: 8787,
      dataDir: resolve('.data'),
      databaseUrl: undefined,
      administrator: { login: 'admin', email: 'admin@example.org', password: 'graticule' },
      fetchAllow: '',
      identity: {},
    })
  })

  it.each(['0', '65536', '80.5', 'http'])('refuses the port %s', (PORT) => {
    expect(() => readSettings({ PORT })).toThrow(`PORT is not a port number: ${PORT}`)
  })

  it.each(['mysql://a:b@c/d', 'postgres', '127.0.0.1:5432'])('refuses the database %s', (DATABASE_URL) => {
    expect(() => readSettings({ DATABASE_URL })).toThrow('DATABASE_URL is not of the form')
  })
})

describe('isNeonHost', () => {
  it.each([
    ['postgresql://u:p@ep-cool-1.eu-central-1.aws.neon.tech/db?sslmode=require', true],
    ['postgresql://u:p@neon.tech.example.org/db', false],
    ['postgresql://u:p@notneon.tech/db', false],
    ['postgresql://u:p@127.0.0.1:5432/db', false],
  ])('%s: %s', (url, expected) => {
    expect(isNeonHost(url)).toBe(expected)
  })
})
