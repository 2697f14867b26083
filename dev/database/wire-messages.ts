// Postgres frontend/backend protocol 3.0: https://www.postgresql.org/docs/current/protocol-message-formats.html

/** Message types a client sends. */
export const frontend = {
  bind: 0x42,
  copyDone: 0x63,
  copyFail: 0x66,
  execute: 0x45,
  flush: 0x48,
  password: 0x70,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
} as const

/** Message types a server sends. */
export const backend = {
  bindComplete: 0x32,
  commandComplete: 0x43,
  copyBothResponse: 0x57,
  copyInResponse: 0x47,
  copyOutResponse: 0x48,
  dataRow: 0x44,
  emptyQuery: 0x49,
  errorResponse: 0x45,
  noticeResponse: 0x4e,
  portalSuspended: 0x73,
  readyForQuery: 0x5a,
} as const

/** Codes a client may send in place of a protocol version in its first message. */
export const startup = { cancelRequest: 80877102, sslRequest: 80877103, gssRequest: 80877104 } as const

export type TransactionStatus = 'I' | 'T' | 'E'

const HEADER_BYTES = 5

/** One message: type byte, length, body. A string part is written with its terminating zero. */
export function message(type: string, ...parts: (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  )
  const head = Buffer.alloc(HEADER_BYTES)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** An ErrorResponse of severity ERROR with an SQLSTATE code and a text. */
export function errorResponse(sqlState: string, text: string): Buffer {
  return message('E', Buffer.from(`SERROR\0VERROR\0C${sqlState}\0M${text}\0\0`))
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return message('Z', Buffer.from(status))
}

/** What a server says to a client that it lets in: AuthenticationOk, parameters, key, ReadyForQuery. */
export function greeting(serverVersion: string): Buffer {
  const parameters = {
    server_version: serverVersion,
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
    is_superuser: 'on',
  }
  return Buffer.concat([
    message('R', Buffer.alloc(4)),
    ...Object.entries(parameters).map(([name, value]) => message('S', name, value)),
    message('K', Buffer.alloc(8)),
    readyForQuery('I'),
  ])
}

/** The whole messages at the start of `bytes`; what follows the last of them is not yielded. */
export function* wholeMessages(bytes: Buffer): Generator<Buffer> {
  let offset = 0
  while (offset + HEADER_BYTES <= bytes.length) {
    const end = offset + 1 + bytes.readInt32BE(offset + 1)
    if (end < offset + HEADER_BYTES) throw new RangeError('A wire message declares a negative length')
    if (end > bytes.length) return
    yield bytes.subarray(offset, end)
    offset = end
  }
}
