/**
 * A value that came as JSON as text: a text as it is, anything else as JSON has it. Unlike `String`, it runs nothing that the
 * value says of itself: `{"toString":0}` is a value like any other.
 */
export const plainText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
