/**
 * The layers of docs/ARCHITECTURE.md. A type may come from a layer that code may not come from where a rule says so;
 * everything else holds for types as well.
 */

/** Code outside the folders of `layer` that it must not reach, from the top of the list of layers down. */
const layers = ['dialects', 'standards', 'domain', 'query', 'store', 'formats', 'geo']

/** Who asks, and with which roles: words that every layer speaks. */
const VOCABULARY = '^src/store/principal.ts$'

function forbid(layer, allowed, typesOf = []) {
  const others = layers.filter((other) => other !== layer && !allowed.includes(other))
  const rule = (name, targets, to = {}) => ({
    name,
    severity: 'error',
    comment: `src/${layer} may import from: ${[...allowed, ...typesOf.map((other) => `${other} (types)`)].join(', ') || 'nothing of src'}`,
    from: { path: `^src/${layer}/` },
    to: { path: `^src/(${targets.join('|')})/`, ...to },
  })
  const strict = others.filter((other) => !typesOf.includes(other))
  const rules = [rule(`${layer}-layer`, strict)]
  if (typesOf.length > 0)
    rules.push(
      rule(`${layer}-types-only`, typesOf, { pathNot: VOCABULARY, dependencyTypesNot: ['type-only'] }),
    )
  return rules
}

const face = (layer) => ({
  name: `${layer}-do-not-know-each-other`,
  severity: 'error',
  comment: 'What two of them share belongs into the domain',
  from: { path: `^src/${layer}/([^/]+)/` },
  to: { path: `^src/${layer}/([^/]+)/`, pathNot: `^src/${layer}/$1/` },
})

module.exports = {
  forbidden: [
    ...forbid('dialects', ['domain', 'query', 'formats', 'geo'], ['store']),
    ...forbid('standards', ['domain', 'query', 'formats', 'geo'], ['store']),
    ...forbid('domain', ['query', 'store', 'formats', 'geo']),
    ...forbid('query', ['store', 'geo']),
    ...forbid('store', ['formats', 'geo']),
    ...forbid('formats', ['geo']),
    ...forbid('geo', []),
    face('dialects'),
    face('standards'),
    {
      name: 'pure-layers',
      severity: 'error',
      comment: 'src/geo and src/formats run in workerd and in Node: no module of either',
      from: { path: '^src/(geo|formats)/' },
      to: { path: '^(node:|cloudflare:)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-without-tools',
      severity: 'error',
      comment: 'What is deployed imports nothing of the local stack, the benches and the tests',
      from: { path: '^(src|workers|durable-objects)/' },
      to: { path: '^(dev|bench|test)/' },
    },
    {
      name: 'src-without-entry-points',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(workers|durable-objects)/' },
    },
    {
      name: 'tools-without-tests',
      severity: 'error',
      from: { path: '^dev/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { couldNotResolve: true, pathNot: '^(cloudflare:|node:)|^(\\.\\./)+build/' },
    },
  ],
  options: {
    doNotFollow: { path: '^(node_modules|build)/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['workerd', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.wasm'],
    },
  },
}
