// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what placeholders look like
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AppConfig,
  CONFIG_MAX_LEVELS,
  readAppConfig,
  toldBy,
} from '../../../src/domain/apps/app-config.ts'
import type { AppRecord } from '../../../src/domain/apps/apps.ts'
import { EFFECTIVE_MAX_CHARACTERS, effectiveConfig } from '../../../src/domain/apps/effective-config.ts'
import { APP_CONFIG_MAX_BYTES } from '../../../src/domain/apps/limits.ts'

const read = (text: string): AppConfig => readAppConfig(new TextEncoder().encode(text))

const app: AppRecord = {
  ...{ id: 7, slug: 'myApp', title: 'The ${x} title', description: 'Said', editorState: 'VERIFIED' },
  ...{ isPreoptimized: false, templateId: 'viewer', createdBy: 'ada', modifiedBy: null, contentVersion: 3 },
  ...{ createdAt: new Date(1_000), modifiedAt: new Date(2_000), hasThumbnail: true },
  audience: { everyone: true, roles: [], groups: [] },
  ...{ mayEdit: true, mayExtract: true, mayDelete: true, mayPublish: true, mayShare: true },
}

const manager = {
  ...{ id: 'myApp', title: app.title, description: 'Said', editorState: 'VERIFIED' },
  ...{ createdBy: 'ada', createdAt: 1_000, modifiedBy: '', modifiedAt: 2_000 },
  ...{ templateId: 'viewer', templateFile: '', thumbnailFile: 'thumbnail.png' },
}

describe('an app.json', () => {
  it('is read with what JSON5 has beyond JSON, and is JSON again as it was', () => {
    expect(read("\ufeff{ // what\n properties: {title: 'T', n: 0x10,}, list: [1,],\n}")).toEqual({
      properties: { title: 'T', n: 16 },
      list: [1],
    })
    const member = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 })
    fc.assert(
      fc.property(member, (members) => {
        const text = JSON.stringify({ other: members })
        expect(JSON.stringify(read(text))).toBe(text)
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['', /invalid end of input \(line 1, column 1\)/],
    ['{\n "a": 1,\n "b" 2}', /invalid character '2' \(line 3, column 6\)/],
    ['[]', 'must be an object'],
    ['null', 'must be an object'],
    ['{"properties": []}', 'properties must be an object'],
    ['{"load": null}', 'load must be an object'],
    ['{"bundles": "x"}', 'bundles must be an object'],
    ['{"load": {"allowedBundles": "x"}}', 'load.allowedBundles must be a list'],
    ['{"load": {"allowedBundles": ["a", 1]}}', 'load.allowedBundles[1] must be a text'],
    ['{"a": 1e999}', 'not finite'],
    ['{a: NaN}', 'finite'],
    ['{a: -Infinity}', 'finite'],
    ['{"properties": {"title": "a\\u0000b"}}', 'title has a character that cannot be stored'],
    [`{"properties": {"title": "${'x'.repeat(501)}"}}`, 'title is too long'],
    [`${'{"a":'.repeat(CONFIG_MAX_LEVELS + 2)}1${'}'.repeat(CONFIG_MAX_LEVELS + 2)}`, 'levels'],
    ['['.repeat(200_000), /not valid JSON/],
    [`{"a": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'levels'],
    [`{a: ${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'nested too deeply'],
  ])('is refused where it is none (%#)', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('is refused where it is no UTF-8, or too large', () => {
    expect(() => readAppConfig(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow('app.json is not UTF-8')
    expect(() => readAppConfig(new Uint8Array(APP_CONFIG_MAX_BYTES + 1))).toThrow(
      String(APP_CONFIG_MAX_BYTES),
    )
  })

  it('says what its app is called, where that is a text', () => {
    expect(toldBy(read('{"properties": {"title": "T", "description": ""}}'))).toEqual({
      title: 'T',
      description: '',
    })
    expect(toldBy(read('{"properties": {"title": 1}}'))).toEqual({})
    expect(toldBy(read('{}'))).toEqual({})
  })
})

describe('the configuration that an app runs with', () => {
  it('has the properties that the platform knows, and no others’', () => {
    const { properties } = effectiveConfig(
      read('{"properties": {"title": "Other", "createdAt": "then", "own": [1]}}'),
      app,
    )
    expect(properties).toEqual({ ...manager, own: [1] })
    expect(effectiveConfig({}, app)).toEqual({ properties: manager })
  })

  it('has placeholders replaced, once, by texts, numbers and truths', () => {
    const config = read(`{
      "properties": {"base": "/1", "url": "\${base}/maps", "n": 4, "on": true, "deep": {"a": "d"}, "none": null, "a.b": "dot"},
      "bundles": {"b": {"C": [{"\${base}": "\${url}|\${n}|\${on}|\${deep.a}|\${a.b}|\${app}/x", "kept": "\${none} \${deep} \${toString} \${ base } \${}"}],
        "title": "\${title}", "id": "\${id}\${id}"}}
    }`)
    const effective = effectiveConfig(config, app)
    expect(effective.bundles).toEqual({
      b: {
        C: [{ '${base}': '/1/maps|4|true|d|dot|./x', kept: '${none} ${deep} ${toString} ${ base } ${}' }],
        ...{ title: 'The ${x} title', id: 'myAppmyApp' },
      },
    })
    expect(effective.properties).toMatchObject({ url: '/1/maps', title: 'The ${x} title' })
  })

  it('does not grow without measure', () => {
    const large = 'x'.repeat(EFFECTIVE_MAX_CHARACTERS / 1024)
    const config = { properties: { large }, bundles: { b: '${large}'.repeat(1025) } }
    expect(() => effectiveConfig(config, app)).toThrow(String(EFFECTIVE_MAX_CHARACTERS))
  })

  it('has members named like those that objects inherit as members', () => {
    const config = read(
      '{"properties": {"__proto__": {"title": "P"}}, "bundles": {"__proto__": "${constructor}"}}',
    )
    const made = JSON.parse(JSON.stringify(effectiveConfig(config, app)))
    expect(Object.keys(made.bundles)).toEqual(['__proto__'])
    expect(Object.keys(made.properties)).toContain('__proto__')
    expect(({} as Record<string, unknown>).title).toBeUndefined()
  })

  it('has bundles for who works on it, beside what they have been told', () => {
    const config = read(
      '{"load": {"allowedBundles": ["preview@1", "x"], "deep": 1}, "bundles": {"preview": {"Config": {"a": 1}}}}',
    )
    const { load, bundles } = effectiveConfig(config, app, { preview: true, autorefreshSeconds: 5 })
    expect(load).toEqual({ allowedBundles: ['preview@1', 'x', 'autorefresh'], deep: 1 })
    expect(bundles).toEqual({
      preview: { Config: { a: 1, editorState: 'VERIFIED' } },
      autorefresh: { Config: { interval: 5 } },
    })
    expect(effectiveConfig({}, app, { preview: true, autorefreshSeconds: 0 })).toMatchObject({
      load: { allowedBundles: ['preview'] },
    })
  })
})
