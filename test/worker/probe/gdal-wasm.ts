import { env } from 'cloudflare:workers'
export default env.GDAL_WASM
