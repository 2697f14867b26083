import { beforeAll, describe, expect, it } from 'vitest'
import { type Operation, readOperations } from './documented-operations.ts'
import {
  addRows,
  type GisCloudUser,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
} from './giscloud-client.ts'
import { type HostileScene, readWithHostileValues, sendHostileRequests } from './hostile-client.ts'

const ROUNDS = 50
/** How many of the values each parameter of a query gets. */
const VALUES_EACH = 1

/** What would end the account that asks, or the right to ask. */
const SPARED = ['PUT /1/users/current', 'DELETE /1/users/current']

let scene: HostileScene

beforeAll(async () => {
  const owner = await newGisCloudUser()
  const table = await makeTable(owner)
  const [[feature], map] = await Promise.all([
    addRows(owner, table, [{ data: { name: 'Split', value: 3 }, geometry: 'POINT(16.44 43.51)' }]),
    makeMap(owner),
  ])
  const layer = await makeLayer(owner, map, table)
  scene = {
    operations: (await readOperations('/docs/giscloud/openapi.json')).filter(
      ({ method, path }) => !SPARED.includes(`${method} ${path}`),
    ),
    fill: fillWith(owner, { map, layer, table, feature: feature! }),
    askers: { nobody: {}, owner: owner.credential },
  }
  expect(scene.operations.length).toBeGreaterThan(100)
})

interface Things {
  map: number
  layer: number
  table: string
  feature: number
}

/** Somebody's own things, by what an address calls them; of another kind there are none. */
function fillWith(owner: GisCloudUser, { map, layer, table, feature }: Things): HostileScene['fill'] {
  const families: Record<string, string | number> = {
    ...{ maps: map, map_cache: map, layers: layer, resources: map, users: owner.account.id },
    ...{ tables: table, rows: feature },
  }
  const parameters: Record<string, string | number> = {
    ...{ resource: map, name: table, feature, attribute: 'name', file: 'a.txt', path: 'a.txt' },
    ...{ init: 2, format: 'csv', rule: 0, part: 'icon' },
  }
  return (path, parameter) => {
    const before = path.split(`/{${parameter}}`)[0]!.split('/').at(-1)!
    return String((parameter === 'id' ? families[before] : parameters[parameter]) ?? '0')
  }
}

/** Nothing is deleted that later requests want. */
const withoutLoss = ({ operations, fill, ...rest }: HostileScene): HostileScene[] => {
  const deletes = ({ method }: Operation) => method === 'DELETE'
  return [
    { ...rest, fill, operations: operations.filter((operation) => !deletes(operation)) },
    { ...rest, fill: () => '0', operations: operations.filter(deletes) },
  ]
}

describe('every documented address of /1', () => {
  it('answers whatever it is sent with an answer of its own', async () => {
    const [changing, deleting] = withoutLoss(scene)
    await sendHostileRequests(changing!, ROUNDS)
    await sendHostileRequests(deleting!, ROUNDS / 5)
  })

  it('reads with a hostile value in every single parameter', async () => {
    const values = [
      ...['-1', '99999999999999999999', 'x'.repeat(3000), 'a\u0000b', 'ÄÖ🗺️', '[]', "'; --", '1e309', ''],
      ...['1,2,3,4', '(((', 'name = ', '~~~', '\ud83d'.toWellFormed(), '1~name~[', '%25', 'POINT(1 1)'],
    ]
    expect(await readWithHostileValues(scene, values, VALUES_EACH)).toEqual([])
  })
})
