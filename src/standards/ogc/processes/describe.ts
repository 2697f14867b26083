import { z } from '@hono/zod-openapi'
import { type Link, ogcRel } from '../links.ts'
import type { ProcessDefinition } from './definition.ts'

const CONTROL = ['sync-execute', 'async-execute', 'dismiss']
const TRANSMISSION = ['value', 'reference']

/** A process as a list has it. @param root as `rootOf` gives it */
export function processSummary(definition: ProcessDefinition, root: string) {
  const { id, version, title, description } = definition
  return {
    ...{ id, version, title, description },
    ...{ jobControlOptions: CONTROL, outputTransmission: TRANSMISSION },
    links: processLinks(definition, root),
  }
}

function processLinks({ id, title }: ProcessDefinition, root: string): Link[] {
  const href = `${root}/processes/${id}`
  const json = 'application/json'
  return [
    { href, rel: 'self', type: json, title },
    { href: `${href}?f=html`, rel: 'alternate', type: 'text/html', title: `${title} as a page` },
    { href: `${href}/execution`, rel: ogcRel('execute'), type: json, title: 'Where it is executed' },
    { href: `${root}/jobs?processID=${id}`, rel: ogcRel('job-list'), type: json, title: 'Its jobs' },
  ]
}

export interface InputDescription {
  title: string
  description?: string
  minOccurs: 0 | 1
  maxOccurs: 1
  schema: Record<string, unknown>
}

/** A file that comes with the request, as base64 or as a document; a link to one needs no schema. */
const FILE_SCHEMA = {
  oneOf: [
    { type: 'string', contentEncoding: 'base64', contentMediaType: 'application/octet-stream' },
    { type: 'object', format: 'geojson-feature-collection' },
  ],
}

/** The inputs of a process, their schemas as OpenAPI 3.0 has them. */
export function inputDescriptions({
  inputs,
  fileInput,
}: ProcessDefinition): Record<string, InputDescription> {
  const { properties = {}, required = [] } = z.toJSONSchema(inputs, {
    ...{ target: 'openapi-3.0', io: 'input', unrepresentable: 'any' },
  }) as { properties?: Record<string, Record<string, unknown>>; required?: string[] }
  return Object.fromEntries(
    Object.entries(properties).map(([name, { title, description, ...schema }]) => [
      name,
      {
        title: typeof title === 'string' ? title : name,
        ...(typeof description === 'string' ? { description } : {}),
        minOccurs: required.includes(name) || name === fileInput ? 1 : 0,
        maxOccurs: 1,
        schema: name === fileInput ? FILE_SCHEMA : schema,
      },
    ]),
  )
}

/** The whole description of a process. */
export const processDescription = (definition: ProcessDefinition, root: string) => ({
  ...processSummary(definition, root),
  inputs: inputDescriptions(definition),
  outputs: definition.outputs,
})
