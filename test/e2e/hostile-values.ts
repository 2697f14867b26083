import fc from 'fast-check'

export const hostileText = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '0',
      '-1',
      '1.5',
      '1e309',
      'NaN',
      'null',
      'true',
      '[]',
      '{}',
      'undefined',
      '%',
      '\u0000',
      'a\u0000b',
    ],
    ...[
      '2147483647',
      '2147483648',
      '99999999999999999999999',
      '0x10',
      '١٢',
      'ÄÖ🗺️',
      '\ud800',
      '../../etc',
      "'; --",
      '"<&>',
    ],
    ...[
      '1,2',
      '1,2,3,4',
      'a,b,c,d',
      '-180,-90,180,90',
      '1e400,0,0,0',
      ',,,',
      'EPSG:4326',
      'EPSG:0',
      'EPSG:99999999',
    ],
    'x'.repeat(3000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer().map(String),
)

export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 31,
    2 ** 53,
    [],
    {},
    [[[]]],
    { a: { b: [] } },
    { toString: 0, valueOf: 0 },
    [null],
    ['x'],
    [-1],
  ),
  fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown),
)

export const hostileBody = fc.constantFrom(
  ...[
    '',
    'null',
    '[]',
    '"x"',
    '1',
    '{',
    '{"data":',
    '{"data":null}',
    '{"data":[]}',
    '{"data":{"type":1}}',
    '\u0000',
  ],
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  '{"data":{"type":"maps","attributes":[]}}',
  '{"data":{"type":"maps","attributes":"x"}}',
  '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\n',
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
)

export const contentTypes = fc.constantFrom(
  ...[
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
  ],
  ...['text/plain', 'text/csv', 'application/vnd.api+json', 'application/octet-stream', 'nonsense'],
)
