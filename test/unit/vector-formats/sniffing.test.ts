import { describe, expect, it } from 'vitest'
import { datasetMembers } from '../../../src/domain/datasets/import/archive-members.ts'
import { namesOf, slugOf } from '../../../src/domain/datasets/import/dataset-name.ts'
import { byteTextDecoder, encodingOfCodePage } from '../../../src/formats/byte-text.ts'
import { sniffFormat } from '../../../src/formats/dataset-format.ts'
import { FormatError } from '../../../src/formats/format-error.ts'
import { xmlRoot } from '../../../src/formats/xml-prolog.ts'
import type { ZipEntry } from '../../../src/formats/zip-archive.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const utf16 = (text: string) =>
  new Uint8Array(Uint16Array.from(`\ufeff${text}`, (char) => char.charCodeAt(0)).buffer)
const GML = 'xmlns:gml="http://www.opengis.net/gml/3.2"'

describe('formats', () => {
  it.each([
    ['geojson', '{"type":"FeatureCollection"}', 'x.json'],
    ['geojson', '\ufeff \n\x1e{"type":"Feature"}', 'x'],
    ['kml', '<?xml version="1.0"?><!-- > <x> --><kml xmlns="http://www.opengis.net/kml/2.2">', 'x.txt'],
    ['gpx', '<gpx version="1.1">', 'x'],
    ['gml', `<wfs:FeatureCollection a="1>2" ${GML} xmlns:wfs="x">`, 'x.xml'],
    ['dxf', '  0\r\nSECTION\r\n', 'x'],
    ['dxf', '999\nmade by hand\n0\nSECTION\n', 'x'],
    ['mif', 'Version 900\nCharset "Neutral"\n', 'x'],
    ['tab', '!table\n!version 300', 'x.tab'],
    ['csv', 'just text', 'x.csv'],
    ['csv', 'a;b\n1;2\n', 'x'],
  ])('%s', (format, text, name) => expect(sniffFormat(utf8(text), name)).toBe(format))

  it.each([
    ['some words\nand more', 'notes.doc'],
    ['<html><body>', 'x.html'],
    ['[1,2]', 'x.json'],
    ['SQLite format 3\0', 'x.db'],
    ['%PDF-1.7', 'x.csv'],
    ['a\0b', 'x.bin'],
    ['', 'x.csv'],
  ])('refuses %j', (text, name) => expect(() => sniffFormat(utf8(text), name)).toThrow(FormatError))
})

describe('XML', () => {
  const doctype = '<!DOCTYPE lolz [<!ENTITY lol "lol">]><kml/>'

  it('is refused with a document type, in whatever encoding and behind whatever', () => {
    for (const bytes of [
      utf8(doctype),
      utf8(`<?xml version="1.0"?>\n<!-- ${'x'.repeat(9000)} -->${doctype}`),
      utf16(doctype),
    ])
      expect(() => xmlRoot(bytes)).toThrow(/DOCTYPE/)
    expect(() => xmlRoot(utf8(`<!-- ${'x'.repeat(300_000)} --><kml/>`))).toThrow(FormatError)
  })

  it('tells its root without the prefix', () => {
    expect(xmlRoot(utf16('<k:kml xmlns:k="urn:k"/>'))).toEqual({ name: 'kml', namespaces: ['urn:k'] })
  })
})

describe('archives', () => {
  const members = (...paths: string[]) =>
    datasetMembers(paths.map((path) => ({ path }) as ZipEntry)).map((set) => [
      set.title,
      set.members.map(({ name }) => name),
    ])

  it('hold sets of files', () => {
    expect(
      members('a/Roads.shp', 'a/Roads.SHX', 'a/roads.dbf', 'b/roads.shp', 'b/roads.prj', 'readme.txt'),
    ).toEqual([
      ['Roads', ['0.shp', '0.shx', '0.dbf']],
      ['roads', ['1.shp', '1.prj']],
    ])
  })

  it('give names without folders', () => {
    expect(members('data/of/places.geojson')).toEqual([['places', ['0.geojson']]])
    expect(members('x.kml', 'images/a.png', 'doc.kml')).toEqual([['doc', ['0.kml']]])
  })

  it('are refused where a path leads out of them', () => {
    for (const path of [
      '../a.kml',
      'a/../../b.kml',
      '..\\a.kml',
      '/etc/a.kml',
      '\\a.kml',
      'C:\\a.kml',
      'c:a.kml',
    ])
      expect(() => members('doc.kml', path), path).toThrow('leads out of it')
    expect(members('a..b/c..d.kml')).toEqual([['c..d', ['0.kml']]])
  })

  it('are refused with several files, with archives, and with nothing', () => {
    for (const paths of [['a.csv', 'b.csv'], ['b.zip'], ['readme.md'], []])
      expect(() => members(...paths)).toThrow(FormatError)
  })
})

describe('texts', () => {
  it('are decoded byte by byte', () => {
    const bytes = (text: Uint8Array) => String.fromCharCode(...text)
    expect(byteTextDecoder('windows-1251')('\xcc\xee')).toBe('Мо')
    expect(byteTextDecoder('auto')(bytes(utf8('Größe')))).toBe('Größe')
    expect(byteTextDecoder('auto')('Gr\xf6\xdfe')).toBe('Größe')
    expect(
      ['UTF-8', '1252', 'CP1251', 'ANSI 1250', '88591', 'ISO 8859-2', '936', 'nonsense'].map(
        encodingOfCodePage,
      ),
    ).toEqual([
      ...['utf-8', 'windows-1252', 'windows-1251', 'windows-1250', 'iso-8859-1', 'iso-8859-2', 'gbk', null],
    ])
  })

  it('become names', () => {
    expect(['Straßen & Wege', '東京', 'Ünï', '__a--b__'].map(slugOf)).toEqual([
      'stra_en_wege',
      'dataset',
      'uni',
      'a_b',
    ])
    expect(namesOf('roads', false, { name: 'My', title: 'T' })).toEqual({
      name: 'my_roads',
      title: 'T: roads',
    })
  })
})
