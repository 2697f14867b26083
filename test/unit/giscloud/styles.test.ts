import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStyles, printStyles, RULES_MAX } from '../../../src/dialects/giscloud/styles.ts'
import { ValidationError } from '../../../src/domain/errors.ts'

describe('styles', () => {
  it('become rules, and stay as they were', () => {
    const styles = [
      {
        ...{ expression: "num > 3 and name like 'a%'", visible: '1', label: 'Many', color: '255,0,10' },
        ...{
          bordercolor: '#00ff7f',
          borderwidth: '1.5',
          dashed: '5, 2',
          url: `/${'a1'.repeat(16)}/qgis/x.png`,
        },
        ...{ iconsoverlap: 2, labelfield: 'name', fontname: 'Arial', fontsize: 9, fontcolor: '1,2,3' },
        ...{ outline: '255,255,255', showlabel: 't', fromlevel: 0, tolevel: 12, ldx: 0.5 },
      },
      {
        line_width: 4,
        hatchUrl: 'https://example.org/h.png',
        color: '',
        visible: 'f',
        showlabel: 'f',
        textfield: 'a',
      },
      { expression: 'ELSE' },
    ]
    const rules = parseStyles(JSON.stringify(styles))
    expect(rules).toEqual([
      {
        ...{ expression: "num > 3 and name like 'a%'", isVisible: true, label: 'Many', fill: [255, 0, 10] },
        ...{
          border: [0, 255, 127],
          borderWidth: 1.5,
          dashes: [5, 2],
          icon: 'qgis/x.png',
          iconsOverlap: true,
        },
        labels: { property: 'name', font: 'Arial', size: 9, color: [1, 2, 3], outline: [255, 255, 255] },
        ...{ toZoom: 12, original: styles[0] },
      },
      {
        ...{ expression: '', isVisible: false, fill: null, width: 4, hatch: 'https://example.org/h.png' },
        original: styles[1],
      },
      { expression: '', isVisible: true, original: styles[2] },
    ])
    expect(JSON.parse(printStyles(rules)!)).toEqual(styles)
    expect(printStyles(null)).toBeNull()
    expect(printStyles([])).toBe('[]')
  })

  it('of rules that the platform has made are written so that they come back', () => {
    const original = {}
    const made = {
      ...{
        expression: 'a = 1',
        isVisible: true,
        fill: [1, 2, 3],
        border: [4, 5, 6],
        borderWidth: 2,
        original,
      },
      ...{ dashes: [1, 2], width: 3, fromZoom: 4, labels: { property: 'a', size: 7, color: [7, 8, 9] } },
    } as const
    const rule = { ...made, dashes: [...made.dashes] } as unknown as Parameters<typeof printStyles>[0]
    const [again] = parseStyles(printStyles([rule] as never)!)
    const { original: _written, ...others } = again!
    const { original: _empty, ...wanted } = made
    expect(others).toEqual(wanted)
  })

  it.each([
    [{}, 'styles must be an array'],
    ['[', 'styles is not valid JSON'],
    [[1], 'styles[0] must be an object'],
    [[{}, { color: '1,2' }], 'styles[1].color must be a colour'],
    [[{ color: '1,2,256' }], 'styles[0].color must be a colour'],
    [[{ borderwidth: 'wide' }], 'styles[0].borderwidth must be a number from 0'],
    [[{ width: -1 }], 'styles[0].width must be a number from 0'],
    [[{ dashed: 'a,b' }], 'styles[0].dashed must be lengths'],
    [[{ dashed: '0,0' }], 'styles[0].dashed must be lengths'],
    [[{ expression: 'a ==' }], 'styles[0].expression is no condition: '],
    [[{ url: {} }], 'styles[0].url must be a text'],
    [[{ label: 'a\0' }], 'styles has a character that cannot be stored'],
  ])('%j are refused: %s', (styles, message) => {
    expect(() => parseStyles(styles)).toThrow(message)
    expect(() => parseStyles(styles)).toThrow(ValidationError)
  })

  it('are bounded in number', () => {
    expect(parseStyles(Array(RULES_MAX).fill({}))).toHaveLength(RULES_MAX)
    expect(() => parseStyles(Array(RULES_MAX + 1).fill({}))).toThrow(`styles are more than ${RULES_MAX}`)
  })

  it('are read, or refused for what is wrong with them, whatever they are', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('1,2,3', '5', 't', 'a = 1', 'f', ''),
    )
    const names = fc.constantFrom(
      'expression',
      'visible',
      'color',
      'width',
      'dashed',
      'url',
      'labelfield',
      'tolevel',
    )
    fc.assert(
      fc.property(fc.array(fc.dictionary(names, value, { minKeys: 1 }), { maxLength: 3 }), (styles) => {
        try {
          expect(JSON.parse(printStyles(parseStyles(JSON.stringify(styles)))!)).toEqual(
            JSON.parse(JSON.stringify(styles)),
          )
        } catch (error) {
          if (!(error instanceof ValidationError)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })
})
