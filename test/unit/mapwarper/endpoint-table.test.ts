import { expect } from 'vitest'
import { mapwarper } from '../../../src/dialects/mapwarper/index.ts'
import { testEndpointTable } from '../../support/endpoint-table-tests.ts'

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

testEndpointTable(mapwarper(), 'mapwarper-tests.md', ['printed', 'MapWarper', 'here'], (marked) => {
  for (const operation of PRINTED) expect(marked).toContain(operation)
})
