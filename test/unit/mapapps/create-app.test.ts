import { describe, expect, it } from 'vitest'
import { createApp } from '../../../src/domain/apps/create-app.ts'
import type { Context } from '../../../src/domain/context.ts'
import { NameTakenError } from '../../../src/domain/errors.ts'
import type { UserPrincipal } from '../../../src/store/principal.ts'

const maker: UserPrincipal = { kind: 'user', id: 1, login: 'ed', roles: ['editor'] }
const request = { id: 'x', title: 'A title', description: 'Said', sharedInGroups: [], templateId: null }

interface Faults {
  /** What comes of the transaction. */
  batch?: () => Promise<unknown>
  failsAtPut?: number
  hasAssets?: boolean
}

/** A platform of which the bucket is in memory. */
function platform({ batch = async () => [{ rows: [{ id: 7 }] }], failsAtPut, hasAssets = true }: Faults) {
  const objects = new Map<string, Uint8Array>()
  let puts = 0
  const bucket = {
    async put(key: string, bytes: Uint8Array) {
      const at = puts++
      await new Promise((resolve) => setTimeout(resolve, at))
      if (at === failsAtPut) throw new Error('the bucket is away')
      objects.set(key, bytes)
    },
    delete: async (keys: string[]) => keys.forEach((key) => void objects.delete(key)),
  }
  const readAsset = async (path: string) =>
    hasAssets
      ? new TextEncoder().encode(path.endsWith('.json') ? '{"properties":{"theme":"day"}}' : path)
      : null
  const context = { bucket, readAsset, db: { execute: () => null, batch } } as unknown as Context
  return { context, objects }
}

/** What Postgres says when its disk is full. */
const refusal = () => Object.assign(new Error('disk full'), { code: '53100' })

describe('making an app', () => {
  it('copies the template, with title and description in its configuration', async () => {
    const { context, objects } = platform({})
    expect(await createApp(context, maker, request)).toBe('x')
    const texts = [...objects.values()].map((bytes) => new TextDecoder().decode(bytes))
    expect(texts).toContain('/assets/templates/viewer/index.html')
    const configuration = texts.find((text) => text.startsWith('{'))
    expect(JSON.parse(configuration!)).toEqual({
      properties: { theme: 'day', title: 'A title', description: 'Said' },
    })
  })

  it.each<[string, Faults, unknown]>([
    ['the id is taken', { batch: async () => [{ rows: [] }] }, new NameTakenError('App', 'x')],
    ['the database refuses', { batch: () => Promise.reject(refusal()) }, refusal()],
    ['the first file cannot be stored', { failsAtPut: 0 }, new Error('the bucket is away')],
    ['the last file cannot be stored', { failsAtPut: 2 }, new Error('the bucket is away')],
    [
      'the template is not there',
      { hasAssets: false },
      expect.objectContaining({ message: expect.stringMatching(/^the template viewer lacks/) }),
    ],
  ])('leaves nothing when %s', async (_case, faults, error) => {
    const { context, objects } = platform(faults)
    await expect(createApp(context, maker, request)).rejects.toThrow(error as Error)
    expect(objects.size).toBe(0)
  })
  it('keeps the files where nobody can tell whether the app has been made', async () => {
    const { context, objects } = platform({ batch: () => Promise.reject(new Error('connection lost')) })
    await expect(createApp(context, maker, request)).rejects.toThrow('connection lost')
    expect(objects.size).toBe(3)
  })
})
