import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { baseUrl, newUser, type TestUser } from './mapwarper-client.ts'
import { type Made, newPlaces, PLACES, places } from './ogc-client.ts'

const run = promisify(execFile)
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
const hasGdal = has('ogrinfo', '--version')
const hasOwslib = has('/usr/bin/python3', '-c', 'import owslib.ogcapi.features')

let owner: TestUser
let collection: Made
let hidden: Made
let folder: string

beforeAll(async () => {
  owner = await newUser()
  collection = await newPlaces(owner)
  hidden = await newPlaces(owner, { visibility: 'private' })
  folder = mkdtempSync(join(tmpdir(), 'ogc-clients-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SOURCE = `OAPIF:${baseUrl}/ogc`

describe.skipIf(!hasGdal)('GDAL', () => {
  const ogrinfo = async (...args: string[]) => (await run('ogrinfo', args, { maxBuffer: 1 << 26 })).stdout

  test('lists the collections that everyone sees, and with a password the private ones', async () => {
    const listed = await ogrinfo(SOURCE)
    expect(listed).toContain(`${collection.id} (title:`)
    expect(listed).not.toContain(hidden.id)
    const own = await ogrinfo(SOURCE, '--config', 'GDAL_HTTP_USERPWD', `${owner.login}:${owner.password}`)
    expect(own).toContain(hidden.id)
  })

  test('pages through all features', async () => {
    const output = await ogrinfo('-oo', 'PAGE_SIZE=50', '-al', SOURCE, collection.id)
    expect(output.match(/^OGRFeature\(/gm)).toHaveLength(PLACES)
    for (const line of [`Feature Count: ${PLACES}`, 'name: String', 'pop_other: Integer'])
      expect(output.includes(line), line).toBe(true)
  })

  test('selects by a box on the server', async () => {
    const output = await ogrinfo('-spat', '5', '45', '15', '50', '-al', '-geom=NO', SOURCE, collection.id)
    const expected = places().filter(
      ({
        geometry: {
          coordinates: [x, y],
        },
      }) => x >= 5 && x <= 15 && y >= 45 && y <= 50,
    )
    expect(output.match(/^OGRFeature\(/gm)).toHaveLength(expected.length)
  })

  test('copies everything into a GeoPackage as it was', async () => {
    const copy = join(folder, 'copy.gpkg')
    await run('ogr2ogr', ['-f', 'GPKG', copy, SOURCE, collection.id, '-oo', 'PAGE_SIZE=200', '-nln', 'copy'])
    const file = new DatabaseSync(copy, { readOnly: true })
    const rows = file.prepare('select name, pop_other, date from copy order by name, pop_other').all()
    file.close()
    const expected = places().map(({ properties: { name, pop_other, date } }) => ({ name, pop_other, date }))
    const key = (row: Record<string, unknown>) => JSON.stringify([row.name, row.pop_other, row.date])
    expect(rows.map(key).sort()).toEqual(expected.map(key).sort())
  })
})

describe.skipIf(!hasOwslib)('OWSLib', () => {
  test('reads the collections, queryables and features', async () => {
    const script = `
import json, sys
from owslib.ogcapi.features import Features
api = Features(sys.argv[1])
items = api.collection_items(sys.argv[2], limit=7, bbox=[5, 45, 15, 50])
print(json.dumps([sys.argv[2] in api.feature_collections(), len(items['features']), items['numberMatched'],
  sorted(api.collection_queryables(sys.argv[2])['properties'])]))`
    const { stdout } = await run('/usr/bin/python3', ['-c', script, `${baseUrl}/ogc`, collection.id])
    const [isListed, returned, matched, queryables] = JSON.parse(stdout)
    expect([isListed, returned]).toEqual([true, Math.min(7, matched)])
    expect(queryables).toContain('pop_other')
  })
})
