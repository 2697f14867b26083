import { xmlText } from '../../formats/xml-text.ts'

export type WmsVersion = '1.1.1' | '1.3.0'

/** Codes of both versions; `InvalidSRS` is written as `InvalidCRS` in 1.3.0. Null where the standard has none. */
export type WmsExceptionCode =
  | 'InvalidFormat'
  | 'InvalidSRS'
  | 'LayerNotDefined'
  | 'StyleNotDefined'
  | 'OperationNotSupported'
  | 'MissingParameterValue'
  | 'InvalidParameterValue'

/** A request that cannot be carried out; `message` is for the person who made it. */
export class WmsError extends Error {
  override readonly name = 'WmsError'
  readonly code: WmsExceptionCode
  /** The parameter at fault. */
  readonly locator: string
  /** Of the answer: services and clients of WMS expect their reports as successful answers. */
  readonly status: 200 | 404

  constructor(code: WmsExceptionCode, locator: string, message: string, status: 200 | 404 = 200) {
    super(message)
    this.code = code
    this.locator = locator
    this.status = status
  }
}

/** The media type a version reports in. */
export const exceptionType = (version: WmsVersion): string =>
  version === '1.3.0' ? 'text/xml' : 'application/vnd.ogc.se_xml'

/** The service exception report of OGC 06-042 (1.3.0, 6.11) or 01-068r3 (1.1.1, A.3). */
export function exceptionReport({ code, locator, message }: WmsError, version: WmsVersion): string {
  const is13 = version === '1.3.0'
  const written = is13 && code === 'InvalidSRS' ? 'InvalidCRS' : code
  const doctype = is13
    ? ''
    : '<!DOCTYPE ServiceExceptionReport SYSTEM "http://schemas.opengis.net/wms/1.1.1/exception_1_1_1.dtd">\n'
  const namespace = is13
    ? ' xmlns="http://www.opengis.net/ogc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/ogc http://schemas.opengis.net/wms/1.3.0/exceptions_1_3_0.xsd"'
    : ''
  return `<?xml version="1.0" encoding="UTF-8"?>
${doctype}<ServiceExceptionReport version="${version}"${namespace}>
  <ServiceException code="${written}"${is13 ? ` locator="${xmlText(locator)}"` : ''}>${xmlText(message)}</ServiceException>
</ServiceExceptionReport>
`
}
