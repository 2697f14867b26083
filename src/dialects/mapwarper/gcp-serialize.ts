import type { GcpDiagnostics, GcpResidual } from '../../domain/gcp-diagnostics.ts'
import type { GcpRecord } from '../../store/gcps.ts'
import type { DiagnosedMeta, GcpItem, GcpResidualMember } from './gcp-schemas.ts'

/** @param error image pixels */
export function gcpItem(gcp: GcpRecord, error: number): GcpItem {
  return {
    id: gcp.id,
    map_id: gcp.scanId,
    x: gcp.x,
    y: gcp.y,
    lat: gcp.lat,
    lon: gcp.lon,
    name: gcp.name,
    created_at: gcp.createdAt.toISOString(),
    updated_at: gcp.updatedAt.toISOString(),
    error,
  }
}

export function residualMember(residual: GcpResidual | null): GcpResidualMember | null {
  if (!residual) return null
  const { x, y, pixels, metres, leaveOneOut } = residual
  return { x, y, pixels, metres, leave_one_out: leaveOneOut }
}

export function diagnosedMeta(diagnostics: GcpDiagnostics): DiagnosedMeta {
  const { method, rmsPixels, rmsMetres, outliers, warnings } = diagnostics
  return { transform: method, rms_pixels: rmsPixels, rms_metres: rmsMetres, outliers, warnings }
}
