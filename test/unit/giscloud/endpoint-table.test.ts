import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gisCloud } from '../../../src/dialects/giscloud/index.ts'
import { rowsOf, titlesOf } from '../../support/endpoint-table.ts'

const TESTS = join(import.meta.dirname, '../..')
const TABLE = readFileSync(join(TESTS, '../docs/giscloud-tests.md'), 'utf8')
/** The section whose addresses are no operations of the OpenAPI document. */
const BESIDE = 'Addresses beside the document'

/** What the printed documentation has, by the names that parameters have here. */
const PRINTED = [
  'GET /1/maps',
  'GET /1/maps/{id}',
  'POST /1/maps',
  'PUT /1/maps/{id}',
  'DELETE /1/maps/{id}',
  'GET /1/maps/{id}/render.png',
  'GET /1/maps/{id}/render.jpg',
  'GET /1/maps/{id}/render.iframe',
  'GET /1/maps/{id}/layers',
  'DELETE /1/map_cache/{id}/{init}',
  'GET /1/layers',
  'GET /1/layers/{id}',
  'POST /1/layers',
  'PUT /1/layers/{id}',
  'DELETE /1/layers/{id}',
  'GET /1/layers/{id}/render.iframe',
  'GET /1/layers/{id}/export.{format}',
  'GET /1/layers/{id}/columns',
  'GET /1/layers/{id}/features',
  'GET /1/layers/{id}/features/{feature}',
  'POST /1/layers/{id}/features',
  'PUT /1/layers/{id}/features/{feature}',
  'DELETE /1/layers/{id}/features/{feature}',
  'GET /1/layers/{id}/features/{feature}/{attribute}/{file}',
  'GET /1/tables',
  'GET /1/tables/{name}',
  'POST /1/tables',
  'DELETE /1/tables/{name}',
  'GET /1/tables/{name}/rows.csv',
  'GET /1/tables/{name}/rows',
  'POST /1/tables/{name}/rows',
  'PUT /1/tables/{name}/rows/{id}',
  'DELETE /1/tables/{name}/rows/{id}',
  'DELETE /1/tables/{name}/rows',
  'GET /1/search',
  'GET /1/users',
  'POST /1/users',
  'GET /1/users/{id}',
  'PUT /1/users/{id}',
  'DELETE /1/users/{id}',
  'GET /1/roles',
  'POST /1/roles',
  'GET /1/roles/{id}',
  'PUT /1/roles/{id}',
  'DELETE /1/roles/{id}',
  'GET /1/storage/fs/{path}',
  'POST /1/storage/fs/{path}',
  'DELETE /1/storage/fs/{path}',
  'GET /1/geo_utils/features_at_point',
  'POST /1/layers/{id}/buffer',
  'GET /1/resources/{resource}/permissions',
  'GET /1/resources/{resource}/permissions/{share}',
  'POST /1/resources/{resource}/permissions',
  'DELETE /1/resources/{resource}/permissions/{share}',
  'GET /1/keys',
  'GET /1/keys/{id}',
  'POST /1/keys',
  'DELETE /1/keys/rows/{id}',
  'GET /1/oauth2_clients',
  'GET /1/oauth2_clients/{id}',
  'POST /1/oauth2_clients',
  'DELETE /1/oauth2_clients/{id}',
  'GET /1/userapprovedapps',
  'GET /1/userapprovedapps/{id}',
  'POST /1/userapprovedapps',
  'DELETE /1/userapprovedapps/{id}',
]

const rows = rowsOf(TABLE)
const documented = (): string[] => {
  const { paths = {} } = gisCloud().getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'GIS Cloud', version: '1' },
  })
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

describe('the table of addresses and tests', () => {
  it('has every operation of the document once, and no other', () => {
    const named = rows.filter(({ section }) => section !== BESIDE).flatMap(({ operations }) => operations)
    expect(named.toSorted()).toEqual(documented().toSorted())
  })

  it('marks what is printed', () => {
    const marked = rows.filter(({ whence }) => whence === 'printed').flatMap(({ operations }) => operations)
    expect(marked.toSorted()).toEqual(PRINTED.toSorted())
    for (const { operations, whence } of rows)
      if (operations.length > 0) expect(['printed', 'clients', 'here'], operations[0]).toContain(whence)
  })

  it('names tests that there are, each by the one title of its file', () => {
    const titles = new Map<string, string[]>()
    for (const { file, title, operations } of rows) {
      expect(title, `${operations} ${file}`).not.toBe('')
      if (!titles.has(file)) titles.set(file, titlesOf(readFileSync(join(TESTS, file), 'utf8')))
      expect(
        titles.get(file)!.filter((found) => found === title),
        `${file} › ${title}`,
      ).toHaveLength(1)
    }
  })
})
