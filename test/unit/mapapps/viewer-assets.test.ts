import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { TEMPLATES } from '../../../src/domain/apps/templates.ts'
import { VIEWER_ASSETS } from '../../../src/domain/apps/viewer-assets.ts'

const web = new URL('../../../web/', import.meta.url)

it('what the viewer loads is told whole', async () => {
  const names = (await readdir(new URL('viewer', web))).filter((name) => name.endsWith('.ts'))
  const scripts = await Promise.all(names.map((name) => readFile(new URL(`viewer/${name}`, web), 'utf8')))
  const relative = scripts.flatMap((text) =>
    [...text.matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g)].map(
      ([, path]) => new URL(path!, 'http://host/assets/viewer/').pathname,
    ),
  )
  const page = await readFile(new URL('viewer/template/index.html', web), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!)
  expect([...VIEWER_ASSETS].sort()).toEqual(
    [...named, ...relative, '/assets/ogc/maplibre-gl.mjs', '/assets/ogc/maplibre-gl.LICENSE.txt'].sort(),
  )
})

it('the files of templates are there, and app.json is one', async () => {
  const [viewer] = TEMPLATES
  const read = (name: string) => readFile(new URL(`${viewer!.id}/template/${name}`, web))
  const files = await Promise.all(viewer!.files.map(read))
  expect(files.every(({ length }) => length > 0)).toBe(true)
  const configuration = JSON.parse((await read('app.json')).toString())
  expect(configuration.bundles['map-init'].Config.basemaps[0].selected).toBe(true)
})
