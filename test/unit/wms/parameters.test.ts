import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMapRequest, parseUnwarpedRequest } from '../../../src/standards/wms/map-request.ts'
import { negotiatedVersion, wmsParameters } from '../../../src/standards/wms/parameters.ts'
import { exceptionReport, WmsError } from '../../../src/standards/wms/service-exception.ts'

const parametersOf = (query: string) => wmsParameters(new URL(`http://host/maps/wms/1?${query}`))

const BASE = 'LAYERS=image&STYLES=&SRS=EPSG:4326&BBOX=7,47,8,48&WIDTH=20&HEIGHT=10&FORMAT=image/png'
const parse = (query: string, version: '1.1.1' | '1.3.0' = '1.1.1') =>
  parseMapRequest(parametersOf(query), version)

describe('parameters', () => {
  it('go by their names in any case; the first of two counts; a plus sign is a space', () => {
    const parameters = parametersOf('Layers=a+b&LAYERS=c&width=%2B5')
    expect(parameters.get('layers')).toBe('a b')
    expect(parameters.get('width')).toBe('+5')
  })
})

describe('the version', () => {
  it.each([
    ['request=GetCapabilities', '1.3.0'],
    ['request=GetCapabilities&version=1.1.1', '1.1.1'],
    ['request=GetCapabilities&version=1.1.0', '1.1.1'],
    ['request=GetCapabilities&version=1.0.0', '1.1.1'],
    ['request=GetCapabilities&wmtver=1.0.0', '1.1.1'],
    ['request=GetCapabilities&version=1.2.0', '1.1.1'],
    ['request=GetCapabilities&version=1.3.0', '1.3.0'],
    ['request=GetCapabilities&version=1.3', '1.3.0'],
    ['request=GetCapabilities&version=2.0.0', '1.3.0'],
    ['request=GetCapabilities&version=nonsense', '1.3.0'],
    ['request=GetMap&srs=EPSG:4326', '1.1.1'],
    ['request=GetMap&crs=EPSG:4326', '1.3.0'],
    ['request=GetMap', '1.1.1'],
  ])('of %s is %s', (query, version) => {
    expect(negotiatedVersion(parametersOf(query))).toBe(version)
  })
})

describe('GetMap', () => {
  it('has the easting first in its box, whatever the version', () => {
    expect(parse(BASE).box).toEqual([7, 47, 8, 48])
    const axes = BASE.replace('SRS', 'CRS')
    expect(parse(axes.replace('7,47,8,48', '47,7,48,8'), '1.3.0').box).toEqual([7, 47, 8, 48])
    expect(parse(axes.replace('EPSG:4326', 'CRS:84'), '1.3.0').box).toEqual([7, 47, 8, 48])
    const swiss = axes.replace('EPSG:4326', 'EPSG:21781')
    expect(parse(swiss.replace('7,47,8,48', '600000,200000,601000,202000'), '1.3.0').box).toEqual([
      ...[600_000, 200_000],
      ...[601_000, 202_000],
    ])
    expect(
      parse(axes.replace('EPSG:4326', 'EPSG:31467').replace('7,47,8,48', '5,3,6,4'), '1.3.0').box,
    ).toEqual([...[3, 5], ...[4, 6]])
  })

  it('reads numbers as programs write them', () => {
    const box = (text: string) => parse(BASE.replace('7,47,8,48', text)).box
    expect(box('-1e+2, .5 ,1E2,%2B5.')).toEqual([-100, 0.5, 100, 5])
    expect(box('-1e-3,0,1e-3,1')).toEqual([-0.001, 0, 0.001, 1])
  })

  it('need not name the layer', () => {
    expect(parse(BASE.replace('LAYERS=image', 'LAYERS=')).width).toBe(20)
    expect(parse(BASE.replace('LAYERS=image&STYLES=&', '')).height).toBe(10)
    expect(parse(BASE.replace('STYLES=', 'STYLES=default')).height).toBe(10)
  })

  it('is opaque and white unless it says otherwise', () => {
    expect(parse(BASE)).toMatchObject({ transparent: false, background: [255, 255, 255] })
    expect(parse(`${BASE}&TRANSPARENT=TRUE`).transparent).toBe(true)
    expect(parse(`${BASE}&transparency=true`).transparent).toBe(true)
    expect(parse(`${BASE}&BGCOLOR=0xff8001`).background).toEqual([255, 128, 1])
    expect(parse(`${BASE}&BGCOLOR=%23ff8001`).background).toEqual([255, 128, 1])
    expect(parse(`${BASE.replace('png', 'jpeg')}&TRANSPARENT=TRUE`).transparent).toBe(false)
  })

  it.each([
    ['LAYERS=image', 'LAYERS=roads', 'LayerNotDefined', 'layers'],
    ['LAYERS=image', 'LAYERS=image,roads', 'LayerNotDefined', 'layers'],
    ['STYLES=', 'STYLES=night', 'StyleNotDefined', 'styles'],
    ['SRS=EPSG:4326', '', 'MissingParameterValue', 'srs'],
    ['SRS=EPSG:4326', 'SRS=EPSG:1', 'InvalidSRS', 'srs'],
    ['SRS=EPSG:4326', 'SRS=AUTO:42001,9001,0,40', 'InvalidSRS', 'srs'],
    ['BBOX=7,47,8,48', '', 'MissingParameterValue', 'bbox'],
    ['7,47,8,48', '7,47,8', 'InvalidParameterValue', 'bbox'],
    ['7,47,8,48', '7,47,8,48,9', 'InvalidParameterValue', 'bbox'],
    ['7,47,8,48', '7,47,8,x', 'InvalidParameterValue', 'bbox'],
    ['7,47,8,48', '7,47,8,', 'InvalidParameterValue', 'bbox'],
    ['7,47,8,48', '7,47,8,1e999', 'InvalidParameterValue', 'bbox'],
    ['7,47,8,48', '8,47,7,48', 'InvalidParameterValue', 'bbox'],
    ['7,47,8,48', '7,47,7,48', 'InvalidParameterValue', 'bbox'],
    ['WIDTH=20', '', 'MissingParameterValue', 'width'],
    ['WIDTH=20', 'WIDTH=0', 'InvalidParameterValue', 'width'],
    ['WIDTH=20', 'WIDTH=4097', 'InvalidParameterValue', 'width'],
    ['WIDTH=20', 'WIDTH=2.5', 'InvalidParameterValue', 'width'],
    ['HEIGHT=10', 'HEIGHT=-10', 'InvalidParameterValue', 'height'],
    ['FORMAT=image/png', 'FORMAT=image/gif', 'InvalidFormat', 'format'],
    ['FORMAT=image/png', 'FORMAT=image/tiff', 'InvalidFormat', 'format'],
    ['FORMAT=image/png', 'FORMAT=image/png&BGCOLOR=red', 'InvalidParameterValue', 'bgcolor'],
  ])('%s as %s is %s', (from, to, code, locator) => {
    try {
      parse(BASE.replace(from, to))
    } catch (error) {
      expect(error).toBeInstanceOf(WmsError)
      expect(error).toMatchObject({ code, locator, status: 200 })
      return
    }
    expect.unreachable()
  })

  it('of anything has an answer or a WmsError', () => {
    const names = [
      'layers',
      'styles',
      'srs',
      'crs',
      'bbox',
      'width',
      'height',
      'format',
      'bgcolor',
      'transparent',
    ]
    const good = Object.fromEntries(new URLSearchParams(BASE.toLowerCase().replace('epsg', 'EPSG')))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (values) => {
        const parameters = new Map(Object.entries({ ...good, ...values }))
        for (const version of ['1.1.1', '1.3.0'] as const)
          for (const read of [parseMapRequest, parseUnwarpedRequest])
            try {
              read(parameters, version)
            } catch (error) {
              expect(error).toBeInstanceOf(WmsError)
              expect(exceptionReport(error as WmsError, version).length).toBeLessThan(1500)
            }
      }),
      { numRuns: 500 },
    )
  })
})

describe('reports', () => {
  const error = new WmsError('InvalidSRS', 'srs', '<&> \u0000')

  it('name the code as their version does, and escape the message', () => {
    const old = exceptionReport(error, '1.1.1')
    expect(old).toContain('<ServiceException code="InvalidSRS">&lt;&amp;&gt; \ufffd</ServiceException>')
    expect(old).toContain('<!DOCTYPE ServiceExceptionReport')
    const current = exceptionReport(error, '1.3.0')
    expect(current).toContain('<ServiceException code="InvalidCRS" locator="srs">')
    expect(current).toContain('xmlns="http://www.opengis.net/ogc"')
  })
})
