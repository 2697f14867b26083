import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { addColumn, changeColumn, dropColumn } from '../../src/domain/datasets/columns.ts'
import { COLUMNS_MAX } from '../../src/domain/datasets/dataset-input.ts'
import {
  changeDataset,
  createDataset,
  type DatasetInput,
  listDatasets,
  readDataset,
  removeDataset,
} from '../../src/domain/datasets/datasets.ts'
import { insertFeatures } from '../../src/domain/datasets/feature-changes.ts'
import { readFeatures } from '../../src/domain/datasets/features.ts'
import { NotFoundError, ValidationError } from '../../src/domain/errors.ts'
import { type Grant, listGrants, setGrants } from '../../src/store/grants.ts'
import { objectKeys } from '../../src/store/objects.ts'
import { ANONYMOUS, type UserPrincipal } from '../../src/store/principal.ts'
import { db, env, objectKeysUnder } from './support/bindings.ts'
import { dataContext as context, outcome, point } from './support/datasets.ts'
import { makeUser } from './support/scans.ts'

let owner: UserPrincipal
let stranger: UserPrincipal

beforeAll(async () => {
  ;[owner, stranger] = await Promise.all([makeUser(), makeUser()])
})

const newDataset = (input: Partial<DatasetInput> = {}) =>
  createDataset(context, owner, {
    title: `Dataset ${crypto.randomUUID()}`,
    ...{ geometryType: 'Point', columns: [{ name: 'a', type: 'integer' }], isPublic: true, ...input },
  })

const isTable = async (id: number): Promise<boolean> => {
  const { rows } = await db.execute<{ there: boolean }>(
    sql`select to_regclass(${`data.d_${id}`}) is not null as there`,
  )
  return rows[0]!.there
}

describe('a dataset', () => {
  it('is made with its columns, and found by its number and its name', async () => {
    const title = `Forêts & prés ${crypto.randomUUID()}`
    const made = await newDataset({
      title,
      ...{ abstract: 'Woods', tags: ['a', 'b'], srid: 2056, dimensions: 'XYZ', geometryType: 'MultiPolygon' },
      columns: [
        { name: 'fid', type: 'bigint', title: 'Number' },
        { name: 'geom', type: 'text' },
        { name: `long ${'ü'.repeat(60)}`, type: 'date' },
      ],
    })
    expect(made.name).toMatch(/^forets_pres_[a-f0-9_]+$/)
    expect(made).toMatchObject({
      ...{ title, abstract: 'Woods', tags: ['a', 'b'], srid: 2056, dimensions: 'XYZ', form: 'vector' },
      ...{ geometryType: 'MultiPolygon', featureCount: 0, extent: null, version: 1, schemaVersion: 1 },
      ...{ ownerId: owner.id, isPublic: true, isNameUnique: true },
    })
    expect(made.columns.map(({ columnName }) => columnName)).toEqual([
      ...['fid_2', 'geom_2', `long ${'ü'.repeat(29)}`],
    ])
    expect(await readDataset(context, ANONYMOUS, made.name)).toMatchObject({
      id: made.id,
      rights: { extract: true, insert: false, own: false },
    })
    expect((await readDataset(context, owner, made.id)).rights).toMatchObject({ insert: true, own: true })
    const same = await newDataset({ title })
    expect(same.name).toBe(`${made.name}_2`)
  })

  it('is in the lists of those who see it', async () => {
    const hidden = await newDataset({ isPublic: false })
    const { total } = await listDatasets(context, owner, { limit: 1, offset: 0 })
    const last = await listDatasets(context, owner, { limit: 100, offset: total - 1 })
    expect(last.records.map(({ id }) => id)).toEqual([hidden.id])
    const theirs = await listDatasets(context, stranger, { limit: 10_000, offset: 0 })
    expect(theirs.records.some(({ id }) => id === hidden.id)).toBe(false)
    await expect(readDataset(context, stranger, hidden.id)).rejects.toBeInstanceOf(NotFoundError)
    await expect(readDataset(context, ANONYMOUS, hidden.name)).rejects.toBeInstanceOf(NotFoundError)
  })

  it.each([0, -1, '', '0', '1e3', '1 or 1=1', '\0', 'x'.repeat(500), '99999999999999999999', 2_000_000_000])(
    'is not found by %j',
    async (reference) => {
      expect(await outcome(readDataset(context, owner, reference))).toBe('NotFoundError')
      expect(await outcome(readFeatures(context, owner, reference, { limit: 1 }))).toBe('NotFoundError')
    },
  )

  it.each<[string, Partial<DatasetInput>, string]>([
    ['a blank title', { title: ' ' }, 'title'],
    ['a long title', { title: 'x'.repeat(501) }, 'title'],
    ['a title that cannot be stored', { title: 'a\0b' }, 'title'],
    ['a name of digits', { name: '123' }, 'name'],
    ['a name with a slash', { name: 'a/b' }, 'name'],
    ['a tag that is no text', { tags: [1 as unknown as string] }, 'tags'],
    ['an unknown geometry', { geometryType: 'Circle' as 'Point' }, 'geometryType'],
    ['unknown dimensions', { dimensions: 'XYT' as 'XY' }, 'dimensions'],
    ['an unknown system', { srid: 99_999 }, 'crs'],
    ['an unknown type', { columns: [{ name: 'a', type: 'constructor' as 'text' }] }, 'properties.a'],
    ['a nameless column', { columns: [{ name: '', type: 'text' }] }, 'properties.'],
    [
      'a column twice',
      {
        columns: [
          { name: 'a', type: 'text' },
          { name: 'a', type: 'date' },
        ],
      },
      'properties.a',
    ],
    ['a column that cannot be stored', { columns: [{ name: '\ud800', type: 'text' }] }, 'properties.\ud800'],
    [
      'too many columns',
      {
        columns: Array.from({ length: COLUMNS_MAX + 1 }, (_, i) => ({
          name: `c${i}`,
          type: 'text' as const,
        })),
      },
      'properties',
    ],
  ])('is refused with %s', async (_, input, attribute) => {
    const error = await newDataset(input).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error.issues.map((issue: { attribute: string }) => issue.attribute)).toEqual([attribute])
  })

  it('has as many columns as are allowed, and gives them all', async () => {
    const columns = Array.from({ length: COLUMNS_MAX }, (_, i) => ({
      name: `c${i}`,
      type: 'timestamp' as const,
    }))
    const { id } = await newDataset({ columns, geometryType: null })
    await insertFeatures(context, owner, id, [{ properties: { c249: '2020-01-01T00:00:00Z' } }])
    const { features } = await readFeatures(context, owner, id, { limit: 1 })
    expect(Object.keys(JSON.parse(features[0]!).properties)).toHaveLength(COLUMNS_MAX)
    expect(await outcome(addColumn(context, owner, id, { name: 'more', type: 'text' }))).toBe(
      'ValidationError',
    )
  })

  it('is changed by those who may, and its version moves', async () => {
    const { id } = await newDataset()
    const name = `renamed-${crypto.randomUUID()}`
    const changed = await changeDataset(context, owner, id, {
      title: 'New',
      name,
      tags: ['t'],
      abstract: null,
    })
    expect(changed).toMatchObject({ title: 'New', name, tags: ['t'], abstract: null, version: 2 })
    expect(await outcome(changeDataset(context, stranger, id, { title: 'x' }))).toBe('ForbiddenError')
    expect(await outcome(changeDataset(context, ANONYMOUS, id, { isPublic: false }))).toBe(
      'UnauthenticatedError',
    )
    expect(await outcome(changeDataset(context, owner, id, { title: '' }))).toBe('ValidationError')
    expect(await changeDataset(context, owner, id, {})).toMatchObject({ version: 2 })
    expect(await changeDataset(context, owner, id, { isPublic: false })).toMatchObject({
      isPublic: false,
      version: 3,
    })
    expect(await outcome(readDataset(context, stranger, id))).toBe('NotFoundError')
    expect(await changeDataset(context, owner, id, { isPublic: true })).toMatchObject({ isPublic: true })
    expect(await outcome(readDataset(context, stranger, id))).toBe('fine')
  })

  it('is deleted with its table and its objects', async () => {
    const { id } = await newDataset()
    await insertFeatures(context, owner, id, [{ geometry: point(1, 2) }])
    await env.BUCKET.put(objectKeys.datasetTiles(id, 1), 'tiles')
    expect(await outcome(removeDataset(context, stranger, id))).toBe('ForbiddenError')
    expect(await outcome(removeDataset(context, ANONYMOUS, id))).toBe('UnauthenticatedError')
    const outcomes = await Promise.all([1, 2].map(() => outcome(removeDataset(context, owner, id))))
    expect(outcomes.toSorted()).toEqual(['NotFoundError', 'fine'])
    expect(await isTable(id)).toBe(false)
    expect(await objectKeysUnder(objectKeys.datasetPrefix(id))).toEqual([])
    expect(await outcome(readFeatures(context, owner, id, { limit: 1 }))).toBe('NotFoundError')
    expect(await outcome(insertFeatures(context, owner, id, [{}]))).toBe('NotFoundError')
  })
})

describe('columns', () => {
  it('are added, renamed and dropped with the versions', async () => {
    const { id } = await newDataset()
    const added = await addColumn(context, owner, id, { name: 'B "x"', type: 'json', title: 'B' })
    expect(added).toMatchObject({ version: 2, schemaVersion: 2 })
    const renamed = await changeColumn(context, owner, id, 'a', { name: 'fid', description: 'Was a' })
    expect(renamed.columns).toEqual([
      { name: 'fid', columnName: 'fid_2', type: 'integer', title: null, description: 'Was a' },
      { name: 'B "x"', columnName: 'B "x"', type: 'json', title: 'B', description: null },
    ])
    const dropped = await dropColumn(context, owner, id, 'B "x"')
    expect(dropped).toMatchObject({ version: 4, schemaVersion: 4, columns: [{ name: 'fid' }] })
  })

  it('are changed by several at once, one after the other', async () => {
    const { id } = await newDataset()
    const names = ['x', 'y', 'z']
    await Promise.all([
      ...names.map((name) => addColumn(context, owner, id, { name, type: 'text' })),
      ...names.map(() => insertFeatures(context, owner, id, [{ properties: { a: 1 } }])),
    ])
    const dataset = await readDataset(context, owner, id)
    expect(dataset.columns.map(({ name }) => name).toSorted()).toEqual(['a', ...names])
    expect(dataset).toMatchObject({ schemaVersion: 4, version: 7, featureCount: 3 })
  })

  it('are left alone by those who may not, and by nonsense', async () => {
    const { id } = await newDataset()
    const column = { name: 'b', type: 'text' } as const
    expect(await outcome(addColumn(context, stranger, id, column))).toBe('ForbiddenError')
    expect(await outcome(dropColumn(context, ANONYMOUS, id, 'a'))).toBe('UnauthenticatedError')
    expect(await outcome(addColumn(context, owner, id, { ...column, name: 'a' }))).toBe('ValidationError')
    expect(await outcome(dropColumn(context, owner, id, 'geom'))).toBe('ValidationError')
    expect(await outcome(changeColumn(context, owner, id, 'a', { name: 'x\0' }))).toBe('ValidationError')
    expect(await readDataset(context, owner, id)).toMatchObject({ version: 1, schemaVersion: 1 })
  })
})

describe('grants', () => {
  it('are told to and set by those who may share', async () => {
    const { id } = await newDataset({ isPublic: false })
    expect(await listGrants(db, owner, id)).toEqual([])
    expect(await listGrants(db, stranger, id)).toBeNull()
    expect(await setGrants(db, stranger, id, [])).toBe(false)
    const forStranger = { principalType: 'user', principalId: stranger.id } as const
    const wanted: Grant[] = [
      { ...forStranger, verb: 'insert' },
      { ...forStranger, verb: 'share' },
      { ...forStranger, verb: 'view' },
    ]
    expect(await setGrants(db, owner, id, [...wanted, wanted[0]!])).toBe(true)
    expect(await listGrants(db, owner, id)).toEqual(wanted)
    expect(await readDataset(context, stranger, id)).toMatchObject({
      version: 2,
      rights: { insert: true, share: true, update: false, own: false },
    })
    // Whoever may share may take that right back, too, even from themselves.
    expect(await setGrants(db, stranger, id, [wanted[2]!])).toBe(true)
    expect(await listGrants(db, stranger, id)).toBeNull()
    expect(await listGrants(db, owner, id)).toEqual([wanted[2]])
  })
})
