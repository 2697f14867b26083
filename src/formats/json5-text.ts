import json5 from 'json5'
import { FormatError } from './format-error.ts'

/**
 * The value of a text in JSON5: JSON with comments, commas behind what is last, and names without quotes. Numbers are finite.
 * @throws FormatError `bad-json` that says where it is none
 */
export function parseJson5(text: string): unknown {
  try {
    return json5.parse(text, refuseEndless)
  } catch (error) {
    if (error instanceof FormatError) throw error
    // What overflows the stack is nested deeper than anything that is meant.
    const why = error instanceof RangeError ? 'it is nested too deeply' : (error as Error).message
    const where = why.replace(/^JSON5: /, '').replace(/ at (\d+):(\d+)$/, ' (line $1, column $2)')
    throw new FormatError('bad-json', `not valid JSON: ${where}`)
  }
}

function refuseEndless(name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new FormatError('bad-json', `not valid JSON: ${JSON.stringify(name)} is no finite number`)
  return value
}
