import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Mentions } from '../../../src/domain/apps/mentions.ts'
import { assetsIn, withOwnAssets } from '../../../src/domain/apps/platform-assets.ts'

const mentioned = (paths: string[], ...texts: string[]) => {
  const mentions = new Mentions(paths)
  for (const text of texts) {
    mentions.read(text)
    mentions.endText()
  }
  return mentions.take().sort()
}

it('a file is mentioned where every word of its name is, in whatever case', () => {
  const paths = [
    'images/logo.png',
    'icons/icon-fire.svg',
    'nls/de/bundle.js',
    'a/Unused.css',
    'b/größe.png',
    'x.min.js',
  ]
  expect(
    mentioned(paths, "url(images/logo.png) 'icon-' + kind", 'kind = "FIRE"', '["bundle", "x", "y"]'),
  ).toEqual(['b/größe.png', 'icons/icon-fire.svg', 'images/logo.png', 'nls/de/bundle.js'])
  expect(mentioned(['logo.png'], 'lo', 'go')).toEqual([])
  expect(mentioned(['logo.png'], 'mylogo.png logos')).toEqual([])
})

it('a name that is written out is found, wherever the text is cut', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9_ .-]{1,20}$/)
  fc.assert(
    fc.property(
      name,
      fc.string(),
      fc.string(),
      fc.array(fc.nat({ max: 80 })),
      (file, before, after, cuts) => {
        const text = `${before}"${file}"${after}`
        const mentions = new Mentions([`some/${file}`])
        let at = 0
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          if (cut <= at) continue
          mentions.read(text.slice(at, cut))
          at = cut
        }
        mentions.read(text.slice(at))
        mentions.endText()
        expect(mentions.take()).toEqual([`some/${file}`])
      },
    ),
    { numRuns: 300 },
  )
})

it('references to the platform’s assets lead to copies, seen from where they stand', () => {
  const assets = new Map([
    ['viewer/viewer.js', new Uint8Array()],
    ['ogc/icon.svg', new Uint8Array()],
  ])
  const text = `<script src="/assets/viewer/viewer.js"></script><link href=/assets/ogc/icon.svg> /assets/none.js "https://x/assets/ogc/icon.svg" '/assets/none.js'`
  expect(assetsIn(text)).toEqual(['viewer/viewer.js', 'ogc/icon.svg', 'none.js', 'none.js'])
  expect(withOwnAssets(text, 'index.html', 'assets', assets)).toBe(
    text.replace('"/assets/viewer', '"./assets/viewer').replace('=/assets/ogc', '=./assets/ogc'),
  )
  expect(withOwnAssets('import "/assets/viewer/viewer.js"', 'a/b/c.js', 'mine', assets)).toBe(
    'import "../../mine/viewer/viewer.js"',
  )
})
