import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import type { AppEnv } from '../../src/http/app-env.ts'
import { rowsOf, titlesOf } from './endpoint-table.ts'

const TESTS = join(import.meta.dirname, '..')
/** The section whose addresses are no operations of the OpenAPI document. */
const BESIDE = 'Addresses beside the document'

/**
 * Holds a page that names the tests of an API against the API's OpenAPI document and against the tests.
 * @param page below `docs`
 * @param whences whence an address may be, `printed` the first of them
 * @param expectPrinted compares the operations that the page marks as printed with those that are
 */
export function testEndpointTable(
  app: OpenAPIHono<AppEnv>,
  page: string,
  whences: readonly string[],
  expectPrinted: (marked: string[]) => void,
): void {
  const rows = rowsOf(readFileSync(join(TESTS, '../docs', page), 'utf8'))
  const documented = (): string[] => {
    const { paths = {} } = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: page, version: '1' } })
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
      expectPrinted(rows.filter(({ whence }) => whence === 'printed').flatMap(({ operations }) => operations))
      for (const { operations, whence } of rows)
        if (operations.length > 0) expect(whences, operations[0]).toContain(whence)
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
}
