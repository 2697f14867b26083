import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import type { JobEnv } from '../../../durable-objects/environment.ts'
import type { JobObject, JobRecord } from '../../../durable-objects/job-object.ts'

/** A job's record, as far as all jobs have it in common. */
export interface AnyJob extends JobRecord {
  phase: string
  cursor: number
}

/** What tests reach into; `step` is protected in the class. */
interface Inside {
  env: JobEnv
  beforeStep?: (name: string, job: AnyJob) => void
  step(name: string, job: AnyJob): Promise<AnyJob | null>
  alarm(): Promise<void>
}

type JobStub = DurableObjectStub<JobObject<JobEnv, JobRecord>>

/** Makes a stub; one that has seen its object die is of no use any more. */
type Reach = () => DurableObjectStub

const PAUSE_MS = 5
/** How long an object that has been killed is waited for before its alarm is made to come. */
const OVERDUE_MS = 500

/** Runs `callback` inside the Durable Object, with what its class keeps to itself. */
export const inside = <T>(
  reach: Reach,
  callback: (instance: Inside, state: DurableObjectState) => T | Promise<T>,
): Promise<T> =>
  runInDurableObject(reach() as JobStub, (instance, state) => callback(instance as unknown as Inside, state))

export const jobOf = (reach: Reach, name: string): Promise<AnyJob | undefined> =>
  inside(reach, (_, state) => state.storage.kv.get<AnyJob>(`job:${name}`))

/** Runs the alarms of a job at once, however far they are put off, until the job is gone. */
export async function runToTheEnd(reach: Reach, name: string): Promise<void> {
  while (await jobOf(reach, name)) {
    await runDurableObjectAlarm(reach()).catch(() => undefined)
    await scheduler.wait(PAUSE_MS)
  }
}

/**
 * Runs a job and kills its object twice at every step: before it, and when its work is done but not yet recorded. A
 * killed object loses its memory and what it has not written; its next alarm goes on.
 * @returns where it was killed, `phase cursor moment`, in order
 */
export async function runKilledAtEveryStep(
  reach: Reach,
  name: string,
  start: () => Promise<unknown>,
): Promise<string[]> {
  const kills: string[] = []
  for (let begun = false; ; begun = true) {
    const life = await armed(reach, kills)
    if (begun) await runDurableObjectAlarm(reach()).catch(() => undefined)
    else await start().catch(() => undefined)
    // Who asks at the moment of its death is told of that.
    const goesOn = () => jobOf(reach, name).catch(() => undefined)
    let lookedAt = Date.now()
    while (!life.killed && (await goesOn())) {
      await scheduler.wait(PAUSE_MS)
      if (Date.now() - lookedAt < OVERDUE_MS) continue
      // An object that was still dying took no alarm; the next one it has may be the watchdog's, which is far off.
      await inside(reach, (_, state) => state.storage.setAlarm(Date.now())).catch(() => undefined)
      lookedAt = Date.now()
    }
    if (!life.killed) return kills
  }
}

/** Lets the object live until it comes to a place where it has not been killed yet. */
function armed(reach: Reach, kills: string[]): Promise<{ killed: boolean }> {
  return inside(reach, (instance, state) => {
    const life = { killed: false }
    const dies = (job: AnyJob, moment: string): boolean => {
      const place = `${job.phase} ${job.cursor} ${moment}`
      if (kills.includes(place)) return false
      kills.push(place)
      life.killed = true
      // The runner keeps the runtime's reports of this reason to itself.
      state.abort(`Instance dispose: killed at ${place}`)
      return true
    }
    const step = instance.step.bind(instance)
    instance.beforeStep = (_, job) => {
      if (dies(job, 'before')) throw new Error('Instance dispose: killed')
    }
    instance.step = async (name, job) => {
      const next = await step(name, job)
      if (dies(job, 'after')) await new Promise(() => {})
      return next
    }
    return life
  })
}
