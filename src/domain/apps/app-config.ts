import { FormatError } from '../../formats/format-error.ts'
import { parseJson5 } from '../../formats/json5-text.ts'
import { ValidationError } from '../errors.ts'
import { checkAppTexts } from './app-texts.ts'
import { APP_CONFIG_MAX_BYTES } from './limits.ts'

/** Levels of objects and lists in a configuration. */
export const CONFIG_MAX_LEVELS = 100

export type ConfigValue = null | boolean | number | string | ConfigValue[] | AppConfig

/** What an `app.json` has in it. */
export interface AppConfig {
  [name: string]: ConfigValue
}

export const isMembers = (value: ConfigValue | undefined): value is AppConfig =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member of its own, not one that objects inherit. */
export const memberOf = (members: AppConfig, name: string): ConfigValue | undefined =>
  Object.hasOwn(members, name) ? members[name] : undefined

const refusal = (message: string): ValidationError =>
  new ValidationError([{ attribute: 'app.json', message }])

/** @throws ValidationError (`app.json`) where the bytes are no configuration, which says what and where */
export function readAppConfig(bytes: Uint8Array): AppConfig {
  if (bytes.length > APP_CONFIG_MAX_BYTES) throw refusal(`has more than ${APP_CONFIG_MAX_BYTES} bytes`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw refusal('is not UTF-8')
  }
  const value = parsed(text)
  requireOrdinary(value)
  if (!isMembers(value)) throw refusal('must be an object')
  for (const name of ['properties', 'load', 'bundles']) requireMembers(value, name)
  requireBundleNames(memberOf(value, 'load'))
  checkAppTexts({ title: '', description: '', ...toldBy(value) })
  return value
}

/** What a configuration says that its app is called, and said to be. */
export function toldBy(config: AppConfig): { title?: string; description?: string } {
  const properties = memberOf(config, 'properties')
  if (!isMembers(properties)) return {}
  const title = memberOf(properties, 'title')
  const description = memberOf(properties, 'description')
  return {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  }
}

/** JSON as it mostly is, which is read many times faster than what JSON5 has beyond it. */
function parsed(text: string): ConfigValue {
  try {
    return JSON.parse(text)
  } catch {
    try {
      return parseJson5(text) as ConfigValue
    } catch (error) {
      if (error instanceof FormatError) throw refusal(`is ${error.message}`)
      throw error
    }
  }
}

/** Refuses what cannot be written as JSON, or is nested deeper than anything that is meant. */
function requireOrdinary(value: ConfigValue, level = 0): void {
  if (level > CONFIG_MAX_LEVELS) throw refusal(`has more than ${CONFIG_MAX_LEVELS} levels`)
  if (typeof value === 'number' && !Number.isFinite(value)) throw refusal('has a number that is not finite')
  if (typeof value !== 'object' || value === null) return
  for (const member of Object.values(value)) requireOrdinary(member, level + 1)
}

function requireMembers(config: AppConfig, name: string): void {
  const value = memberOf(config, name)
  if (value !== undefined && !isMembers(value)) throw refusal(`${name} must be an object`)
}

function requireBundleNames(load: ConfigValue | undefined): void {
  const names = isMembers(load) ? memberOf(load, 'allowedBundles') : undefined
  if (names === undefined) return
  if (!Array.isArray(names)) throw refusal('load.allowedBundles must be a list')
  const at = names.findIndex((name) => typeof name !== 'string')
  if (at >= 0) throw refusal(`load.allowedBundles[${at}] must be a text`)
}
