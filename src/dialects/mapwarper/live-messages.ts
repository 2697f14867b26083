import type { Doer, ScanChange } from '../../domain/live.ts'
import type { GcpRecord } from '../../store/gcps.ts'
import type { ScanRecord } from '../../store/scans.ts'
import type { GcpResource } from './schemas.ts'
import { gcpResource } from './serialize.ts'

interface Person {
  id: string
  login: string
}

/** One socket of a person who is signed in; the same person may have several. */
export interface Editor extends Person {
  session: string
  /** ISO 8601. */
  joined: string
}

interface MapState {
  status: string
  mask_status: string
  mask_stale: boolean
  status_detail: string | null
}

/** What the socket of a map says. */
export type ServerMessage =
  | {
      type: 'welcome'
      /** Who the socket belongs to: nobody for one that is not signed in. */
      you: Editor | { session: string; id: null; login: null; joined: string }
      /** Everyone who is signed in, `you` among them, in the order they came. */
      editors: Editor[]
      /** How many others watch without being signed in. */
      watchers: number
      map: { id: string } & MapState
    }
  | { type: 'joined' | 'left'; editor: Editor }
  | { type: 'gcp'; action: 'create' | 'update' | 'destroy'; gcp: GcpResource; by: Person | null }
  | ({ type: 'map'; change: ScanChange; by: Person | null } & MapState)
  | { type: 'map'; change: 'deleted'; status: 'deleted'; by: Person | null }
  | { type: 'cursor'; session: string; by: Person; x: number; y: number }
  | { type: 'pong' }
  | { type: 'error'; detail: string }

/** What a client may say, beside the plain text `ping`. */
export type ClientMessage = { type: 'ping' } | { type: 'cursor'; x: number; y: number }

/** Image pixels to either side of the origin that a cursor may be at. */
const CURSOR_LIMIT_PX = 1e7

const isPixel = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= CURSOR_LIMIT_PX

/** Reads what a client said; a text for the client where it cannot be understood. */
export function readClientMessage(text: string): ClientMessage | string {
  let message: { type?: unknown; x?: unknown; y?: unknown }
  try {
    message = Object(JSON.parse(text))
  } catch {
    return 'the message is not JSON'
  }
  const { type, x, y } = message
  if (type === 'ping') return { type }
  if (type !== 'cursor') return "the type of a message should be 'ping' or 'cursor'"
  return isPixel(x) && isPixel(y) ? { type, x, y } : 'x and y of a cursor should be image pixels'
}

const person = (doer: Doer): Person | null => doer && { id: String(doer.id), login: doer.login }

export const gcpMessage = (
  action: 'create' | 'update' | 'destroy',
  gcp: GcpRecord,
  by: Doer,
): ServerMessage => ({ type: 'gcp', action, gcp: gcpResource(gcp), by: person(by) })

export const mapState = (scan: ScanRecord): MapState => ({
  status: scan.status,
  mask_status: scan.maskStatus,
  mask_stale: scan.maskStale,
  status_detail: scan.statusDetail,
})

export const mapMessage = (change: ScanChange, scan: ScanRecord, by: Doer): ServerMessage => ({
  ...{ type: 'map', change, ...mapState(scan), by: person(by) },
})

export const deletedMessage = (by: Doer): ServerMessage => ({
  ...{ type: 'map', change: 'deleted', status: 'deleted', by: person(by) },
})
