import { expect, it } from 'vitest'
import { writeText } from '../../../src/formats/bitmap-text.ts'

function written(width: number, height: number, text: string): string[] {
  const rgba = new Uint8Array(width * height * 4)
  writeText(rgba, width, height, text)
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (rgba[(y * width + x) * 4 + 3] ? '#' : '.')).join(''),
  )
}

it('writes letters', () => {
  expect(written(24, 13, 'Hi').slice(4, 11)).toEqual([
    '....#...#...#...........',
    '....#...#...............',
    '....#...#..##...........',
    '....#####...#...........',
    '....#...#...#...........',
    '....#...#...#...........',
    '....#...#..###..........',
  ])
})

it('breaks between words, and words that are too long', () => {
  const words = written(30, 60, 'ab cd')
  expect(words.some((line, y) => y > 14 && line.includes('#'))).toBe(true)
  expect(written(30, 60, 'abcd').some((line, y) => y > 14 && line.includes('#'))).toBe(true)
  expect(written(60, 60, 'ab cd').some((line, y) => y > 14 && line.includes('#'))).toBe(false)
})

it('takes any text into any picture', () => {
  for (const [width, height] of [
    [1, 1],
    [5, 300],
    [300, 5],
  ] as const)
    expect(() => written(width, height, 'Zürich \u{1f5fa} \u0000 and more')).not.toThrow()
  expect(written(12, 13, 'ü')).toEqual(written(12, 13, '?'))
})
