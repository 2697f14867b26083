import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../../http/app-env.ts'
import { mountPages } from './pages.ts'
import { mountRulePictures } from './rule-pictures.ts'
import { mountStyleSheet } from './style-sheet.ts'

/** The interactive pages of maps and layers, with what they load. */
export function mountInteractivePages(app: OpenAPIHono<AppEnv>): void {
  mountPages(app)
  mountRulePictures(app)
  mountStyleSheet(app)
}
