import { runDurableObjectAlarm } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PermanentFailure } from '../../durable-objects/job-object.ts'
import { ANSWER_MAX_MS, PROCESS } from '../../durable-objects/process-job.ts'
import { PROCESSORS } from '../../durable-objects/processes/index.ts'
import type { Processor, ProcessRun } from '../../durable-objects/processes/processor.ts'
import type { Context } from '../../src/domain/context.ts'
import { JobStateError, NotFoundError, QuestionError, ValidationError } from '../../src/domain/errors.ts'
import {
  answerQuestion,
  INTERNAL_FAILURE,
  listOwnJobs,
  readJob,
  removeJob,
  submitJob,
  waitForJob,
} from '../../src/domain/jobs.ts'
import { findJob } from '../../src/store/jobs.ts'
import { objectKeys } from '../../src/store/objects.ts'
import { ANONYMOUS, type Principal } from '../../src/store/principal.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { db, env, objectKeysUnder, processOf } from './support/bindings.ts'
import { inside, runKilledAtEveryStep, runToTheEnd } from './support/crash.ts'
import { FaultyService, type Moment, withDatabase } from './support/faults.ts'
import { makeUser, SYSTEM } from './support/scans.ts'

const WAIT_MS = 30_000

const context: Context = {
  ...{ db, bucket: env.BUCKET, jobs: scanJobs(env), processes: processJobs(env) },
  ...{ authSecret: '', fetchAllow: [], identity: {} },
}

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

/** What the processor under test has made that others see, by job: rows that a discard takes away. */
const made = new Map<string, number[]>()
const discards: { jobId: string; state: unknown; owner: string }[] = []

interface Counting {
  phase: 'count'
  cursor: number
}

interface Hooks {
  step?: (run: ProcessRun, cursor: number) => Promise<void> | void
  discard?: (run: ProcessRun) => Promise<void> | void
  outputs?: Record<string, unknown>
}

/** Makes one row a step, `inputs.rows` of them, in a table of its own; a repeated step makes no second one. */
function counting({ step, discard, outputs }: Hooks = {}): Processor<Counting> {
  return {
    begin: async ({ sql: own }) => {
      own.exec('create table if not exists rows (n integer primary key autoincrement, row integer unique)')
      return { phase: 'count', cursor: 0 }
    },
    step: async (run, state) => {
      await step?.(run, state.cursor)
      if (state.cursor < Number(run.job.inputs.rows)) {
        run.sql.exec('insert or ignore into rows (row) values (?)', state.cursor)
        const rows = made.get(run.job.id) ?? []
        made.set(run.job.id, [...rows.filter((row) => row !== state.cursor), state.cursor])
        await env.BUCKET.put(objectKeys.jobOutput(run.job.id, 'a.txt'), 'text')
        await run.report(state.cursor * 10, `row ${state.cursor}`)
        return { state: { phase: 'count', cursor: state.cursor + 1 } }
      }
      const [counted] = run.sql.exec<{ count: number }>('select count(*) as count from rows').toArray()
      return { outputs: outputs ?? { count: counted!.count, seen: run.job.inputs.answer ?? null } }
    },
    discard: async (run, state) => {
      await discard?.(run)
      discards.push({ jobId: run.job.id, state, owner: run.principal.kind })
      made.delete(run.job.id)
    },
  }
}

const registry = PROCESSORS as Record<string, () => Processor<unknown>>
function use(hooks: Hooks): void {
  registry.counting = () => counting(hooks) as Processor<unknown>
}
beforeEach(() => use({}))
afterEach(() => {
  delete registry.counting
  discards.length = 0
})

const submit = (principal: Principal, more: object = {}) =>
  submitJob(context, principal, { process: 'counting', inputs: { rows: 3 }, ...more })
const rowOf = (id: string) => findJob(db, SYSTEM, id)
const reach = (id: string) => () => processOf(id)
const discardsOf = (id: string) => discards.filter(({ jobId }) => jobId === id)

/** Nothing of the job is left in its object. */
async function expectForgotten(id: string): Promise<void> {
  const left = await inside(reach(id), async (_, state) => ({
    keys: [...state.storage.kv.list()].map(([key]) => key),
    tables: state.storage.sql
      .exec<{ name: string }>("select name from sqlite_master where type = 'table'")
      .toArray()
      .map(({ name }) => name)
      .filter((name) => !/^(_cf|sqlite)_/.test(name)),
  }))
  expect(left).toEqual({ keys: [], tables: [] })
}

async function expectDone(id: string, message?: string): Promise<void> {
  const row = await rowOf(id)
  expect(row, message).toMatchObject({
    ...{ status: 'successful', progress: 100, message: null, outputs: { count: 3, seen: null } },
    ...{ startedAt: expect.any(Date), finishedAt: expect.any(Date) },
  })
  expect(made.get(id), message).toEqual([0, 1, 2])
  expect(discardsOf(id), message).toEqual([])
  expect(await objectKeysUnder(objectKeys.jobPrefix(id)), message).toHaveLength(1)
}

async function expectUndone(id: string, message?: string): Promise<void> {
  expect(made.has(id), message).toBe(false)
  expect(discardsOf(id).length, message).toBeGreaterThan(0)
  expect(await objectKeysUnder(objectKeys.jobPrefix(id)), message).toEqual([])
  await expectForgotten(id)
}

describe('a job', () => {
  it('runs step by step, can be waited for, and leaves its files and nothing else', async () => {
    const user = await makeUser()
    const { id, status } = await submit(user)
    expect(status).toBe('accepted')
    expect(await waitForJob(context, user, id, WAIT_MS)).toMatchObject({ id, status: 'successful' })
    await expectDone(id)
    await expectForgotten(id)
    // Whoever waits, starts or cancels now finds it ended.
    await context.processes.wait(id, WAIT_MS)
    await context.processes.cancel(id)
    await context.processes.start(id)
    await context.processes.wait(id, WAIT_MS)
    await expectDone(id)
  })

  it('is seen by its owner and administrators; nobody’s by who knows its id', async () => {
    const [user, other] = [await makeUser(), await makeUser()]
    const administrator = { ...other, roles: ['administrator' as const] }
    const { id } = await submit(user)
    await waitForJob(context, user, id, WAIT_MS)
    const { id: nobodys } = await submit(ANONYMOUS)
    await waitForJob(context, ANONYMOUS, nobodys, WAIT_MS)
    for (const principal of [other, ANONYMOUS])
      await expect(readJob(context, principal, id)).rejects.toThrow(NotFoundError)
    expect(await readJob(context, administrator, id)).toMatchObject({ id })
    expect(await readJob(context, other, nobodys)).toMatchObject({ id: nobodys })
    for (const [principal, listed] of [
      [user, [id]],
      [other, []],
      [ANONYMOUS, []],
    ] as const) {
      const { records, total } = await listOwnJobs(context, principal, { limit: 5, offset: 0 })
      expect([records.map((record) => record.id), total]).toEqual([listed, listed.length])
    }
    await expect(readJob(context, user, 'x')).rejects.toThrow(NotFoundError)
  })

  it('comes to the same end when its object is killed at every step', async () => {
    const user = await makeUser()
    const start = context.processes.start
    const id = crypto.randomUUID()
    vi.spyOn(context.processes, 'start').mockResolvedValue()
    await submit(user, { id })
    const kills = await runKilledAtEveryStep(reach(id), PROCESS, () => start(id))
    expect(kills.length).toBe(2 * 5)
    await expectDone(id)
    await expectForgotten(id)
  })

  it.each<Moment>(['before', 'after'])(
    'gets over any one call of the database that fails, %s it is carried out',
    async (moment) => {
      const user = await makeUser()
      let calls = 0
      for (let failing = 0; failing <= calls; failing++) {
        const id = crypto.randomUUID()
        const start = context.processes.start
        const spy = vi.spyOn(context.processes, 'start').mockResolvedValue()
        await submit(user, { id })
        spy.mockRestore()
        const service = new FaultyService(moment, (call) => call === failing)
        await withDatabase(service, async () => {
          await start(id)
          await runToTheEnd(reach(id), PROCESS)
        })
        if (failing === 0) calls = service.calls
        expect(service.failures, `call ${failing}`).toBe(Math.sign(failing))
        await expectDone(id, `call ${failing} of ${calls} fails`)
      }
      expect(calls).toBeGreaterThan(6)
    },
  )

  it('that fails is undone before it says so, and says why', async () => {
    use({
      step: (_, cursor) => {
        if (cursor === 2) throw new PermanentFailure('the file\0 is broken')
      },
      discard: async ({ job }) => expect((await rowOf(job.id))?.status).toBe('running'),
    })
    const user = await makeUser()
    const { id } = await submit(user)
    await waitForJob(context, user, id, WAIT_MS)
    expect(await rowOf(id)).toMatchObject({
      ...{ status: 'failed', message: 'the file\u{FFFD} is broken', outputs: null },
      finishedAt: expect.any(Date),
    })
    expect(discardsOf(id)[0]?.state).toEqual({ phase: 'count', cursor: 2 })
    await expectUndone(id)
  })

  it('that fails is undone when its object is killed at every step, too', async () => {
    use({
      step: (_, cursor) => {
        if (cursor === 1) throw new ValidationError([{ attribute: 'rows', message: 'are too many' }])
      },
    })
    const user = await makeUser()
    const id = crypto.randomUUID()
    const start = context.processes.start
    vi.spyOn(context.processes, 'start').mockResolvedValue()
    await submit(user, { id })
    const kills = await runKilledAtEveryStep(reach(id), PROCESS, () => start(id))
    expect(kills.map((kill) => kill.split(' ')[0])).toContain('undo')
    expect(await rowOf(id)).toMatchObject({ status: 'failed', message: 'rows are too many' })
    await expectUndone(id)
  })

  it('is tried again after a fault that may pass, and given up after some', async () => {
    let faults = 2
    use({
      step: () => {
        if (faults-- > 0) throw new Error('a fault that may pass')
      },
    })
    const user = await makeUser()
    const { id } = await submit(user)
    await runToTheEnd(reach(id), PROCESS)
    await expectDone(id)
    faults = 100
    const { id: hopeless } = await submit(user)
    await runToTheEnd(reach(hopeless), PROCESS)
    expect(await rowOf(hopeless)).toMatchObject({ status: 'failed', message: INTERNAL_FAILURE })
    await expectUndone(hopeless)
  })

  it('that cannot be undone is not tried for ever', async () => {
    use({
      step: () => {
        throw new PermanentFailure('it cannot be')
      },
      discard: () => {
        throw new Error('nor be undone')
      },
    })
    const user = await makeUser()
    const { id } = await submit(user)
    await runToTheEnd(reach(id), PROCESS)
    expect(await rowOf(id)).toMatchObject({ status: 'failed', message: 'it cannot be' })
    await expectForgotten(id)
  })

  it('of a process that is not there fails', async () => {
    const user = await makeUser()
    const { id } = await submit(user, { process: 'nonesuch' })
    await waitForJob(context, user, id, WAIT_MS)
    expect(await rowOf(id)).toMatchObject({ status: 'failed', message: 'there is no process nonesuch' })
  })

  it('may give texts that no database holds', async () => {
    use({ outputs: { warnings: ['a\0b', '\ud800'] } })
    const user = await makeUser()
    const { id } = await submit(user)
    await waitForJob(context, user, id, WAIT_MS)
    expect((await rowOf(id))?.outputs).toEqual({ warnings: ['a\u{FFFD}b', '\u{FFFD}'] })
  })
})

describe('a dismissal', () => {
  /** A job that has made a row and waits in its second step. */
  async function standing(): Promise<{ user: Principal; id: string; go: () => void; goesOn: () => boolean }> {
    const gate = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<ProcessRun>()
    use({
      step: async (run, cursor) => {
        if (cursor !== 1) return
        reached.resolve(run)
        await gate.promise
      },
    })
    const user = await makeUser()
    const { id } = await submit(user)
    const run = await reached.promise
    return { user, id, go: gate.resolve, goesOn: run.goesOn }
  }

  it('ends what is under way and undoes it', async () => {
    const { user, id, go, goesOn } = await standing()
    expect([goesOn(), made.get(id)]).toEqual([true, [0]])
    const removal = removeJob(context, user, id)
    await vi.waitUntil(() => !goesOn())
    go()
    expect(await removal).toMatchObject({ id, status: 'dismissed', finishedAt: expect.any(Date) })
    await expectUndone(id)
    expect(discardsOf(id)).toMatchObject([{ state: { cursor: 1 } }])
    expect(await rowOf(id)).toMatchObject({ status: 'dismissed', outputs: null })
    // Once more, and its record is gone as well.
    await removeJob(context, user, id)
    expect(await rowOf(id)).toBeNull()
    await expect(removeJob(context, user, id)).rejects.toThrow(NotFoundError)
  })

  it('that the object is never told of undoes the job at its next step', async () => {
    const { user, id, go } = await standing()
    vi.spyOn(context.processes, 'cancel').mockRejectedValue(new Error('lost'))
    await expect(removeJob(context, user, id)).rejects.toThrow('lost')
    go()
    await runToTheEnd(reach(id), PROCESS)
    expect(await rowOf(id)).toMatchObject({ status: 'dismissed', outputs: null })
    await expectUndone(id)
  })

  it('of a job that has ended takes its record and files, and undoes nothing', async () => {
    const user = await makeUser()
    const { id } = await submit(user)
    await waitForJob(context, user, id, WAIT_MS)
    expect(await removeJob(context, user, id)).toMatchObject({ status: 'successful' })
    expect(await rowOf(id)).toBeNull()
    expect(await objectKeysUnder(objectKeys.jobPrefix(id))).toEqual([])
    expect([made.get(id), discardsOf(id)]).toEqual([[0, 1, 2], []])
  })

  it('is the owner’s alone', async () => {
    const { id, go, user } = await standing()
    for (const principal of [await makeUser(), ANONYMOUS])
      await expect(removeJob(context, principal, id)).rejects.toThrow(NotFoundError)
    go()
    await waitForJob(context, user, id, WAIT_MS)
    await expectDone(id)
  })

  it('is what becomes of a job whose user is deleted, and of one whose user is disabled', async () => {
    const { user, id, go } = await standing()
    await db.execute(sql`delete from users where id = ${(user as { id: number }).id}`)
    go()
    await runToTheEnd(reach(id), PROCESS)
    expect(await rowOf(id)).toBeNull()
    await expectUndone(id)
    use({})
    const disabled = await makeUser()
    await db.execute(sql`update users set enabled = false where id = ${disabled.id}`)
    const { id: second } = await submit(disabled)
    await runToTheEnd(reach(second), PROCESS)
    expect(await rowOf(second)).toMatchObject({
      ...{ status: 'failed', message: 'the user who asked for it is gone, or disabled' },
    })
  })
})

it('a job whose start does not arrive is not left as accepted', async () => {
  const user = await makeUser()
  vi.spyOn(context.processes, 'start').mockRejectedValue(new Error('lost'))
  const id = crypto.randomUUID()
  await expect(submit(user, { id })).rejects.toThrow('lost')
  expect(await rowOf(id)).toMatchObject({ status: 'dismissed' })
})

describe('a question', () => {
  const question = { input: 'answer', message: 'Which one is it?', choices: ['this', 'that'] }
  beforeEach(() =>
    use({
      step: ({ job }, cursor) => {
        if (cursor === 1 && job.inputs.answer === undefined) throw new QuestionError(question)
      },
    }),
  )

  it('fails a job that nobody answers, with what it lacks', async () => {
    const user = await makeUser()
    const { id } = await submit(user)
    await waitForJob(context, user, id, WAIT_MS)
    const message = 'Which one is it? (the input "answer" is missing; it may be this, that)'
    expect(await rowOf(id)).toMatchObject({ status: 'failed', message, question })
    await expectUndone(id)
  })

  it('is waited with, without an alarm, and the step is repeated with its answer', async () => {
    const user = await makeUser()
    const { id } = await submit(user, { interactive: true })
    const waiting = await waitForJob(context, user, id, WAIT_MS)
    expect(waiting).toMatchObject({ status: 'waiting', question, message: question.message })
    // Nothing happens until it is answered: its alarm is far.
    const alarm = await inside(reach(id), (_, state) => state.storage.getAlarm())
    expect(alarm).toBeGreaterThan(Date.now() + ANSWER_MAX_MS / 2)
    await runDurableObjectAlarm(processOf(id))
    expect((await rowOf(id))?.status).toBe('waiting')
    const stranger = await makeUser()
    await expect(answerQuestion(context, stranger, id, { answer: 'x' })).rejects.toThrow(NotFoundError)
    const answered = await answerQuestion(context, user, id, { answer: 'that' })
    expect(answered).toMatchObject({ status: 'running', question: null })
    const ended = await waitForJob(context, user, id, WAIT_MS)
    expect(ended).toMatchObject({ status: 'successful', outputs: { count: 3, seen: 'that' } })
    await expect(answerQuestion(context, user, id, { answer: 'x' })).rejects.toThrow(JobStateError)
  })

  it('may be answered before its step has ended', async () => {
    const user = await makeUser()
    const { id } = await submit(user, { interactive: true })
    await waitForJob(context, user, id, WAIT_MS)
    // As if the object had died when the question was written down, before it knew of that itself.
    await inside(reach(id), (_, state) => {
      const { waitsUntil: _forgotten, ...job } = state.storage.kv.get<Record<string, unknown>>(
        `job:${PROCESS}`,
      )!
      state.storage.kv.put(`job:${PROCESS}`, { ...job, phase: 'run' })
    })
    await answerQuestion(context, user, id, { answer: 'this' })
    await runToTheEnd(reach(id), PROCESS)
    expect(await rowOf(id)).toMatchObject({ status: 'successful', outputs: { seen: 'this' } })
  })

  it('that is dismissed is undone, and one that is never answered fails in the end', async () => {
    const user = await makeUser()
    const { id } = await submit(user, { interactive: true })
    await waitForJob(context, user, id, WAIT_MS)
    expect(await removeJob(context, user, id)).toMatchObject({ status: 'dismissed', question: null })
    await expectUndone(id)

    const { id: forgotten } = await submit(user, { interactive: true })
    await waitForJob(context, user, forgotten, WAIT_MS)
    await inside(reach(forgotten), (_, state) => {
      const job = state.storage.kv.get<Record<string, unknown>>(`job:${PROCESS}`)!
      state.storage.kv.put(`job:${PROCESS}`, { ...job, waitsUntil: Date.now() - 1 })
    })
    await runToTheEnd(reach(forgotten), PROCESS)
    expect(await rowOf(forgotten)).toMatchObject({
      ...{ status: 'failed', message: 'nobody has answered what it asked' },
    })
    await expectUndone(forgotten)
  })
})
