import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mapwarper } from '../../../src/dialects/mapwarper/index.ts'
import { rowsOf, titlesOf } from '../../support/endpoint-table.ts'

const TESTS = join(import.meta.dirname, '../..')
const TABLE = readFileSync(join(TESTS, '../docs/mapwarper-tests.md'), 'utf8')
/** The section whose addresses are no operations of the OpenAPI document. */
const BESIDE = 'Addresses beside the document'

/** What the printed documentation has, its misprinted slashes mended. */
const PRINTED = [
  'POST /api/v1/auth/sign_in',
  'DELETE /api/v1/auth/sign_out',
  'GET /api/v1/auth/validate_token',
  'POST /u/sign_in',
  'GET /u/auth/{provider}',
  'GET /api/v1/maps',
  'GET /api/v1/maps/{id}',
  'GET /api/v1/maps/{id}/status',
  'GET /api/v1/layers',
  'GET /api/v1/layers/{id}',
  'GET /api/v1/maps/{id}/layers',
  'GET /api/v1/layers/{id}/maps',
  'POST /api/v1/layers',
  'PATCH /api/v1/layers/{id}',
  'DELETE /api/v1/layers/{id}',
  'PATCH /api/v1/layers/{id}/remove_map',
  'GET /api/v1/gcps',
  'GET /api/v1/maps/{id}/gcps',
  'GET /api/v1/gcps/{id}',
  'POST /api/v1/gcps',
  'PATCH /api/v1/gcps/{id}',
  'DELETE /api/v1/gcp/{id}',
  'DELETE /api/v1/gcps/{id}',
  'POST /api/v1/gcps/add_many',
  'POST /api/v1/maps/{id}/mask',
  'DELETE /api/v1/maps/{id}/mask',
  'PATCH /api/v1/maps/{id}/crop',
  'PATCH /api/v1/maps/{id}/mask_crop_rectify',
  'PATCH /api/v1/maps/{id}/rectify',
  'POST /api/v1/maps',
  'PATCH /api/v1/maps/{id}',
  'DELETE /api/v1/maps/{id}',
  'GET /api/v1/users/{id}',
  'GET /api/v1/imports/{id}',
  'GET /api/v1/imports',
  'GET /api/v1/imports/{id}/maps',
  'POST /api/v1/imports',
  'PATCH /api/v1/imports/{id}',
  'DELETE /api/v1/imports/{id}',
  'GET /api/v1/activity',
  'GET /api/v1/activity/maps',
  'GET /api/v1/activity/maps/{id}',
  'GET /api/v1/activity/users/{id}',
]

const rows = rowsOf(TABLE)
const documented = (): string[] => {
  const { paths = {} } = mapwarper().getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'MapWarper', version: '1' },
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
    for (const operation of PRINTED) expect(marked).toContain(operation)
    for (const { operations, whence } of rows)
      if (operations.length > 0) expect(['printed', 'MapWarper', 'here'], operations[0]).toContain(whence)
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
