import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take much longer than others of their size; begun last they would run alone. */
const LONGEST = ['e2e/start.test.ts', 'worker/bake.test.ts', 'ingest/memory-budget.test.ts']

/** The usual order, but for the files that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((name) => moduleId.endsWith(name))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
