import { expect } from 'vitest'
import { mapApps } from '../../../src/dialects/mapapps/index.ts'
import { testEndpointTable } from '../../support/endpoint-table-tests.ts'

/** What the printed documentation has. Its table writes the list of files without the app that has them. */
const PRINTED = [
  'POST /resources/apps',
  'GET /resources/apps',
  'GET /resources/apps/index.html',
  'GET /resources/apps/{appId}',
  'PUT /resources/apps/{appId}',
  'DELETE /resources/apps/{appId}',
  'POST /resources/apps/{appId}',
  'GET /resources/apps/{appId}/app.json',
  'PUT /resources/apps/{appId}/app.json',
  'GET /resources/apps/{appId}/index.html',
  'GET /resources/apps/{appId}/thumbnail.png',
  'GET /resources/apps/{appId}/{resourcePath}',
  'GET /resources/apps/{appId}/$raw/$index',
  'GET /resources/apps/{appId}/$raw/{resourcePath}',
  'PUT /resources/apps/{appId}/$raw/{resourcePath}',
  'POST /resources/apps/{appId}/$raw/{resourcePath}',
  'DELETE /resources/apps/{appId}/$raw/{resourcePath}',
  'GET /resources/apps/{appId}.json',
  'GET /resources/apps/{appId}.zip',
  'POST /resources/apps/{appId}.zip',
  'POST /resources/apps/{appId}/preoptimizedState',
]

testEndpointTable(mapApps(), 'mapapps-tests.md', ['printed', 'clients', 'here'], (marked) =>
  expect(marked.toSorted()).toEqual(PRINTED.toSorted()),
)
