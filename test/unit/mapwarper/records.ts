import type { GcpRecord } from '../../../src/store/gcps.ts'
import type { ScanRecord } from '../../../src/store/scans.ts'
import type { UserRecord } from '../../../src/store/users.ts'

export const scanRecord = (changes: Partial<ScanRecord> = {}): ScanRecord => ({
  id: 260,
  uuid: '9a1d7f0e-6c0b-4f63-9c5c-0d2f6a7c1b11',
  ownerId: 2,
  title: 'Tartu turismiskeem',
  description: null,
  tags: [],
  version: 3,
  createdAt: new Date('2016-02-07T17:52:19.479Z'),
  updatedAt: new Date('2016-04-10T17:00:36.000Z'),
  status: 'warped',
  statusDetail: null,
  maskStatus: 'unmasked',
  mapType: 'is_map',
  fileName: 'Tartu 1900.old.jpg',
  contentType: 'image/jpeg',
  byteSize: 1,
  width: 800,
  height: 595,
  sourceKey: 'sources/a',
  pyramidKey: null,
  pyramid: null,
  thumbnailKey: null,
  sourceUri: null,
  uniqueId: null,
  dateDepicted: '',
  liveRectificationId: 1,
  bakedRectificationId: 1,
  bbox: '26.6456393,58.3415076,26.8259949,58.4058083',
  isPublic: true,
  mayEdit: true,
  ...changes,
})

export const gcpRecord: GcpRecord = {
  id: 2,
  scanId: 260,
  x: 151.5,
  y: 392,
  lat: '52.7603488553',
  lon: '-4.65',
  name: null,
  createdAt: new Date('2015-10-23T12:38:29.023Z'),
  updatedAt: new Date('2016-06-08T10:54:44.094Z'),
}

export const userRecord = (changes: Partial<UserRecord> = {}): UserRecord => ({
  id: 2,
  login: 'tim',
  email: 'tim@example.org',
  passwordHash: 'scrypt$secret',
  roles: [],
  enabled: true,
  provider: null,
  tokenVersion: 4,
  createdAt: new Date('2010-08-26T15:37:34.619Z'),
  ...changes,
})
