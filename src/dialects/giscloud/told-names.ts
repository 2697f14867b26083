import { ValidationError } from '../../domain/errors.ts'

/**
 * Has something done; what is wrong with the request is told by the names that its members and parameters have here.
 * @param names by those that the platform has for them; of `data.name`, what stands before the dot
 */
export async function toldBy<T>(names: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    throw new ValidationError(
      error.issues.map(({ attribute, message }) => {
        const [first = '', ...rest] = attribute.split('.')
        return { attribute: [Object.hasOwn(names, first) ? names[first] : first, ...rest].join('.'), message }
      }),
    )
  }
}
