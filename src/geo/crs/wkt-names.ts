/** What different programs call the same datum, as `datumKey` has the names. */
const SAME_DATUMS: readonly (readonly string[])[] = [
  ['wgs1984', 'worldgeodeticsystem1984', 'wgs84'],
  ['wgs1972', 'worldgeodeticsystem1972', 'wgs72'],
  ['etrs1989', 'europeanterrestrialreferencesystem1989', 'etrs89'],
  ['northamerican1983', 'northamericandatum1983', 'nad83', 'nad1983'],
  ['northamerican1927', 'northamericandatum1927', 'nad27', 'nad1927'],
  ['european1950', 'europeandatum1950', 'ed50'],
  ['gda1994', 'geocentricdatumofaustralia1994', 'gda94'],
  ['gda2020', 'geocentricdatumofaustralia2020'],
  ['nzgd2000', 'newzealandgeodeticdatum2000'],
  ['newzealand1949', 'newzealandgeodeticdatum1949', 'nzgd1949', 'nzgd49'],
  ['jgd2000', 'japanesegeodeticdatum2000'],
  ['jgd2011', 'japanesegeodeticdatum2011'],
  ['rgf1993', 'reseaugeodesiquefrancais1993', 'reseaugeodesiquefrancais1993v1', 'rgf93'],
  ['ntf', 'nouvelletriangulationfrancaise', 'nouvelletriangulationfrancaiseparis'],
  ['osgb1936', 'ordnancesurveyofgreatbritain1936', 'ordnancesurveygreatbritain1936', 'osgb36'],
  [
    'sirgas2000',
    'sistemadereferenciageocentricoparaamericadelsur2000',
    'sistemadereferenciageocentricoparalasamericas2000',
  ],
  ['southamerican1969', 'southamericandatum1969', 'sad69'],
  ['mgi', 'militargeographischeinstitut', 'militargeographischeinstitute', 'militargeographischesinstitut'],
  ['dhdn', 'deutscheshauptdreiecksnetz'],
  ['belge1972', 'reseaunationalbelge1972'],
  ['belge1950', 'reseaunationalbelge1950'],
  [
    'sjtsk',
    'systemoftheunifiedtrigonometricalcadastralnetwork',
    'systemjednotnetrigonometrickesitekatastralni',
  ],
  ['hungarian1972', 'hungariandatum1972', 'hd72'],
  ['rt1990', 'rikets1990', 'riketskoordinatsystem1990', 'rt90'],
  ['kkj', 'kartastokoordinaattijarjestelma1966'],
  ['ch1903plus', 'ch1903lv95'],
]

const DATUM = /\b(?:DATUM|ENSEMBLE|GEODETICDATUM|TRF)\s*[[(]\s*"([^"]*)"/i
const NAME = /^\s*\w+\s*[[(]\s*"([^"]*)"/

/** A name as it can be compared: letters and digits alone. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll('+', 'plus')
    .replace(/[^a-z0-9]/g, '')

/** What the datum of a definition in well-known text is called, the same for all its names; null where it has none. */
export function datumKey(wkt: string): string | null {
  const name = DATUM.exec(wkt)?.[1]
  if (name === undefined) return null
  const key = plain(name.replace(/^D_/, '').replace(/ ensemble$/i, ''))
  return SAME_DATUMS.find((names) => names.includes(key))?.[0] ?? key
}

/** How much the names of two definitions are alike, from 0 to 1: the share of pairs of letters they have in common. */
export function nameLikeness(wkt: string, other: string): number {
  const pairs = pairsOf(systemName(wkt))
  const rest = pairsOf(systemName(other))
  const all = pairs.length + rest.length
  let common = 0
  for (const pair of pairs) {
    const at = rest.indexOf(pair)
    if (at === -1) continue
    rest.splice(at, 1)
    common++
  }
  return all === 0 ? 0 : (2 * common) / all
}

/** The name of a system, but for the words that stand for none. */
const systemName = (wkt: string): string =>
  plain(NAME.exec(wkt)?.[1] ?? '').replace(/^(?:unnamed|unknown|custom)$/, '')

const pairsOf = (text: string): string[] =>
  Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2))

/** The part of a definition that is about places on the map: heights, and ways to another datum, are left out. */
export function horizontalWkt(wkt: string): string {
  if (!/^\s*(?:COMPD_CS|COMPOUNDCRS|BOUNDCRS)\s*[[(]/i.test(wkt)) return wkt.trim()
  const inner =
    /\b(?:PROJCS|GEOGCS|PROJCRS|PROJECTEDCRS|GEOGCRS|GEODCRS|GEODETICCRS|GEOGRAPHICCRS)\s*[[(]/i.exec(wkt)
  if (!inner) return wkt.trim()
  let depth = 0
  let isQuoted = false
  for (let i = inner.index; i < wkt.length; i++) {
    const char = wkt[i]!
    if (char === '"') isQuoted = !isQuoted
    if (isQuoted) continue
    if (char === '[' || char === '(') depth++
    else if ((char === ']' || char === ')') && --depth === 0) return wkt.slice(inner.index, i + 1)
  }
  return wkt.slice(inner.index)
}
