import {
  ARRAY_RELATIONS,
  type ArrayRelation,
  SPATIAL_RELATIONS,
  type SpatialRelation,
  TEMPORAL_RELATIONS,
  type TemporalRelation,
} from '../ast.ts'

type Predicate =
  | { kind: 'spatial'; relation: SpatialRelation }
  | { kind: 'temporal'; relation: TemporalRelation }
  | { kind: 'sets'; relation: ArrayRelation }

const PREDICATES = new Map<string, Predicate>([
  ...SPATIAL_RELATIONS.map((relation) => entry('s', { kind: 'spatial', relation })),
  ...TEMPORAL_RELATIONS.map((relation) => entry('t', { kind: 'temporal', relation })),
  ...ARRAY_RELATIONS.map((relation) => entry('a', { kind: 'sets', relation })),
])

function entry(prefix: string, predicate: Predicate): [string, Predicate] {
  return [`${prefix}_${predicate.relation}`.toLowerCase(), predicate]
}

/** The predicate that a function of the standard is, such as `s_intersects`; in whatever case. */
export const predicateOf = (name: string): Predicate | null => PREDICATES.get(name.toLowerCase()) ?? null
