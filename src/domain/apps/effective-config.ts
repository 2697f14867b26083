import type { AppRecord } from '../../store/apps.ts'
import { ValidationError } from '../errors.ts'
import { type AppConfig, type ConfigValue, isMembers, memberOf } from './app-config.ts'
import { managerProperties } from './manager-properties.ts'

/** Characters of all texts of a configuration once its placeholders have been replaced. */
export const EFFECTIVE_MAX_CHARACTERS = 8 * 1024 * 1024

/** What is added for who works on an app. */
export interface ConfigAdditions {
  preview: boolean
  /** Seconds between two looks whether the app has changed; 0 for none. */
  autorefreshSeconds: number
}

export const NO_ADDITIONS: ConfigAdditions = { preview: false, autorefreshSeconds: 0 }

/**
 * The configuration that an app runs with: its `app.json` with the properties that the platform knows, and with `${name}` in
 * its texts replaced by the property of that name (`${a.b}` by a member of one) and `${app}` by the app's own folder. What
 * names no property stays. Properties may be made of properties as they are written, not of what has been made.
 * @throws ValidationError (`app.json`) where it would grow without measure
 */
export function effectiveConfig(
  config: AppConfig,
  app: AppRecord,
  { preview, autorefreshSeconds }: ConfigAdditions = NO_ADDITIONS,
): AppConfig {
  const given = memberOf(config, 'properties')
  const written: AppConfig = { ...(isMembers(given) ? given : {}), ...managerProperties(app) }
  const budget = { characters: EFFECTIVE_MAX_CHARACTERS }
  const made = replaced(written, placeholders(written), budget) as AppConfig
  const properties: AppConfig = { ...made, ...managerProperties(app) }
  const { properties: _given, ...rest } = config
  let effective: AppConfig = {
    properties,
    ...(replaced(rest, placeholders(properties), budget) as AppConfig),
  }
  if (preview) effective = withBundle(effective, 'preview', { editorState: app.editorState })
  if (autorefreshSeconds > 0)
    effective = withBundle(effective, 'autorefresh', { interval: autorefreshSeconds })
  return effective
}

/** The text that stands for a name; null for what is none. */
type Placeholders = (name: string) => string | null

const placeholders =
  (properties: AppConfig): Placeholders =>
  (name) => {
    if (name === 'app') return '.'
    const value = memberOf(properties, name) ?? memberAt(properties, name.split('.'))
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null
  }

function memberAt(properties: AppConfig, names: readonly string[]): ConfigValue | undefined {
  let value: ConfigValue | undefined = properties
  for (const name of names) value = isMembers(value) ? memberOf(value, name) : undefined
  return value
}

/** A copy whose texts have their placeholders replaced; names of members stay. */
function replaced(value: ConfigValue, textOf: Placeholders, budget: { characters: number }): ConfigValue {
  if (typeof value === 'string') {
    if (!value.includes('${')) return value
    return value.replaceAll(/\$\{([\w.-]+)\}/g, (placeholder, name: string) => {
      const text = textOf(name) ?? placeholder
      budget.characters -= text.length
      if (budget.characters < 0)
        throw new ValidationError([
          {
            attribute: 'app.json',
            message: `has more than ${EFFECTIVE_MAX_CHARACTERS} characters once its placeholders are replaced`,
          },
        ])
      return text
    })
  }
  if (Array.isArray(value)) return value.map((item) => replaced(item, textOf, budget))
  if (!isMembers(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, replaced(member, textOf, budget)]),
  )
}

/** The configuration with a bundle that is loaded, too; what it has been told of the bundle itself stays beside. */
function withBundle(config: AppConfig, name: string, given: AppConfig): AppConfig {
  const load = membersOf(config, 'load')
  const bundles = membersOf(config, 'bundles')
  const bundle = membersOf(bundles, name)
  const allowed = memberOf(load, 'allowedBundles')
  const names = Array.isArray(allowed) ? allowed : []
  const isAllowed = names.some((known) => known === name || String(known).startsWith(`${name}@`))
  return {
    ...config,
    load: { ...load, allowedBundles: isAllowed ? names : [...names, name] },
    bundles: { ...bundles, [name]: { ...bundle, Config: { ...membersOf(bundle, 'Config'), ...given } } },
  }
}

const membersOf = (members: AppConfig, name: string): AppConfig => {
  const value = memberOf(members, name)
  return isMembers(value) ? value : {}
}
