const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s?(?:Z|z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/
const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?$/

/** Whether a text is a day of ISO 8601 that exists, such as `2024-02-29`. */
export function isIsoDate(text: string): boolean {
  const match = DATE.exec(text)
  return match !== null && isDay(match)
}

/** Whether a text is a moment of ISO 8601, with or without seconds and offset. */
export function isIsoTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text)
  return match !== null && isDay(match) && isClock(match[4]!, match[5]!, match[6])
}

/** Whether a text is a time of day of ISO 8601. */
export function isIsoTime(text: string): boolean {
  const match = TIME.exec(text)
  return match !== null && isClock(match[1]!, match[2]!, match[3])
}

function isDay([, year, month, day]: RegExpExecArray): boolean {
  const [y, m, d] = [Number(year), Number(month), Number(day)]
  return y > 0 && m >= 1 && m <= 12 && d >= 1 && d <= new Date(Date.UTC(y % 400 || 400, m, 0)).getUTCDate()
}

const isClock = (hour: string, minute: string, second = '0'): boolean =>
  Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
