import { describe, expect, it } from 'vitest'
import type { ScriptAnalysis } from '../../../src/domain/apps/optimize/analyse-script.ts'
import {
  type AppAnalysis,
  chunkFolder,
  planBundles,
  unreadScripts,
} from '../../../src/domain/apps/optimize/bundle-plan.ts'
import { OPTIMIZED_SOURCE_MAX_BYTES } from '../../../src/domain/apps/optimize/limits.ts'

const script = (imports: string[] = [], about: Partial<ScriptAnalysis> = {}): ScriptAnalysis => ({
  ...{ imports, usesAddress: false, isComputed: false, isCommonJs: false },
  ...about,
})

function app(
  scripts: Record<string, ScriptAnalysis>,
  page: Partial<AppAnalysis['pages'][number]> = { modules: ['main.js'] },
  sizes: Record<string, number> = {},
): AppAnalysis {
  return {
    pages: [{ ...{ modules: [], scripts: [], styles: [], isComputed: false }, ...page }],
    scripts: new Map(Object.entries(scripts)),
    sizeOf: (path) => sizes[path] ?? (Object.hasOwn(scripts, path) ? 100 : undefined),
  }
}

describe('planBundles', () => {
  it('has an entry for what a page loads, and with it what that loads', () => {
    const scripts = {
      'main.js': script(['a.js']),
      'a.js': script(['b.js']),
      'b.js': script(['a.js']),
      'c.js': script(),
    }
    expect(planBundles(app(scripts))).toEqual({ entries: ['main.js'], modules: ['a.js', 'b.js', 'main.js'] })
  })

  it('has entries for what scripts load that are no modules', () => {
    const scripts = { 'old.js': script(['late.js']), 'late.js': script(['a.js']), 'a.js': script() }
    expect(planBundles(app(scripts, { scripts: ['old.js'] }))).toEqual({
      entries: ['late.js'],
      modules: ['a.js', 'late.js'],
    })
  })

  it('leaves out what asks for its address, is of another form or too large, with all it loads', () => {
    const loaded = { 'x.js': script(), 'y.js': script() }
    const main = script(['a.js', 'y.js'])
    for (const about of [{ usesAddress: true }, { isCommonJs: true }])
      expect(
        planBundles(app({ 'main.js': main, 'a.js': script(['x.js'], about), ...loaded })).modules,
      ).toEqual(['main.js', 'y.js'])
    const tooLarge = { 'a.js': OPTIMIZED_SOURCE_MAX_BYTES + 1 }
    const large = app({ 'main.js': main, ...loaded }, { modules: ['main.js'] }, tooLarge)
    expect(planBundles(large).modules).toEqual(['main.js', 'y.js'])
  })

  it('takes an entry in that asks for its address, unless another module loads it', () => {
    const main = script(['a.js'], { usesAddress: true })
    expect(planBundles(app({ 'main.js': main, 'a.js': script() })).entries).toEqual(['main.js'])
    expect(planBundles(app({ 'main.js': main, 'a.js': script(['main.js']) }))).toEqual({
      entries: [],
      modules: [],
    })
  })

  it('puts nothing together where addresses are computed, or all of it is too large', () => {
    const scripts = { 'main.js': script(['a.js']), 'a.js': script([], { isComputed: true }) }
    const nothing = { entries: [], modules: [] }
    expect(planBundles(app(scripts))).toEqual(nothing)
    const plain = { 'main.js': script(['a.js']), 'a.js': script() }
    expect(planBundles(app(plain, { modules: ['main.js'], isComputed: true }))).toEqual(nothing)
    const half = OPTIMIZED_SOURCE_MAX_BYTES / 2 + 1
    expect(planBundles(app(plain, { modules: ['main.js'] }, { 'main.js': half, 'a.js': half }))).toEqual(
      nothing,
    )
  })
})

it('asks for scripts as they come into reach', () => {
  const known: AppAnalysis = {
    ...app({}, { modules: ['main.js'], scripts: ['old.js', 'main.js'] }),
    sizeOf: (path) =>
      ({ 'main.js': 1, 'old.js': 1, 'a.js': 1, 'huge.js': OPTIMIZED_SOURCE_MAX_BYTES + 1 })[path],
  }
  expect(unreadScripts(known)).toEqual([
    { path: 'main.js', isModule: true },
    { path: 'old.js', isModule: false },
  ])
  known.scripts.set('main.js', script(['a.js', 'huge.js', 'gone.js'])).set('old.js', script())
  expect(unreadScripts(known)).toEqual([{ path: 'a.js', isModule: true }])
})

it('finds a folder for what is shared in which nothing is', () => {
  expect(chunkFolder(['a.js', 'a/chunks/b.js'])).toBe('chunks')
  expect(chunkFolder(['chunks', 'chunks-1/b.js'])).toBe('chunks-2')
})
