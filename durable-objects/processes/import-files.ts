import {
  ARCHIVE_LIMITS,
  type ArchiveMember,
  datasetMembers,
} from '../../src/domain/datasets/import/archive-members.ts'
import { stemOf } from '../../src/domain/datasets/import/dataset-name.ts'
import type { StagedJobFile } from '../../src/domain/job-files.ts'
import { isZip, listZip, unzip } from '../../src/formats/zip-archive.ts'
import { bucketSource } from '../../src/store/bucket-source.ts'
import type { FileStaging } from '../file-staging.ts'
import { PermanentFailure } from '../job-object.ts'
import type { ProcessRun } from './processor.ts'

/** How much one step fetches of a file. */
const FETCH_BYTES = 8 * 1024 * 1024
/** What has been unpacked is put away after so many bytes. */
const FLUSH_BYTES = 8 * 1024 * 1024
/** Share of the whole, per cent, that fetching takes. */
const FETCHED_PERCENT = 15

/** Staged files that belong together: the first is the one to be opened. */
export interface StagedSet {
  /** Without extension, for a person. */
  title: string
  files: string[]
}

/** How the file of an import is staged. Plain JSON. */
export type Staging =
  | { kind: 'whole'; name: string; at: number }
  | { kind: 'archive'; sets: StagedSet[]; members: ArchiveMember[]; next: number }

/** What is to be staged of a file: itself, or those files of an archive that are datasets. @throws FormatError */
export async function planStaging({ context }: ProcessRun, file: StagedJobFile): Promise<Staging> {
  if (file.size === 0) throw new PermanentFailure('the file is empty')
  const source = bucketSource(context.bucket, file.key, file.size)
  if (!isZip(await source.read(0, 4))) return { kind: 'whole', name: wholeName(file.name), at: 0 }
  const sets = datasetMembers(await listZip(source, ARCHIVE_LIMITS))
  return {
    kind: 'archive',
    sets: sets.map(({ title, members }) => ({ title, files: members.map(({ name }) => `source/${name}`) })),
    members: sets.flatMap(({ members }) => members),
    next: 0,
  }
}

/** GDAL goes by extensions; nothing else of the name is needed. */
const wholeName = (name: string): string =>
  `source/0${/\.[a-z0-9]{1,8}$/i.exec(name)?.[0].toLowerCase() ?? ''}`

/** Stages a piece. @returns how it goes on; null when all is staged. @throws FormatError */
export async function stageMore(
  run: ProcessRun,
  file: StagedJobFile,
  staging: FileStaging,
  plan: Staging,
): Promise<Staging | null> {
  const source = bucketSource(run.context.bucket, file.key, file.size)
  if (plan.kind === 'whole') {
    const bytes = await source.read(plan.at, FETCH_BYTES)
    staging.write(plan.name, plan.at, bytes)
    staging.flush()
    const at = plan.at + bytes.length
    await run.report((FETCHED_PERCENT * at) / file.size, `${at} of ${file.size} bytes are read`)
    return at < file.size ? { ...plan, at } : null
  }
  const member = plan.members[plan.next]
  if (!member) return null
  const name = `source/${member.name}`
  staging.remove(name)
  let [size, flushed] = [0, 0]
  for await (const chunk of unzip(source, member.entry)) {
    staging.write(name, size, chunk)
    size += chunk.length
    if (size - flushed < FLUSH_BYTES) continue
    staging.flush()
    flushed = size
    if (!run.goesOn()) return plan
  }
  if (size === 0) staging.truncate(name, 0)
  staging.flush()
  await run.report((FETCHED_PERCENT * (plan.next + 1)) / plan.members.length, `${member.name} is unpacked`)
  return plan.next + 1 < plan.members.length ? { ...plan, next: plan.next + 1 } : null
}

/** The sets that have been staged. */
export const stagedSets = (plan: Staging, file: StagedJobFile): StagedSet[] =>
  plan.kind === 'archive' ? plan.sets : [{ title: stemOf(file.name), files: [plan.name] }]
