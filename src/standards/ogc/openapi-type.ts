export const OPENAPI_TYPE = 'application/vnd.oai.openapi+json;version=3.0'
