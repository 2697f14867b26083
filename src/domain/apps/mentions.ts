/** The words of a text: runs of letters and digits of ASCII, in lower case. */
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? []

/** The longest run of letters and digits that is looked at across two pieces of a text. */
const CARRIED_MAX_CHARACTERS = 255

/**
 * Which files of an app are mentioned in texts: those of whose name, without its extension, every word has been met. That is
 * so for every name that is written out, and for most that scripts put together; a name with other characters than those of
 * ASCII, which may be written in many ways, counts as mentioned from the beginning.
 */
export class Mentions {
  /** Words that have not been met, and the files that wait for them. */
  readonly #awaited = new Map<string, string[]>()
  /** How many words a file waits for. */
  readonly #missing = new Map<string, number>()
  #found: string[] = []
  #carried = ''

  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const name = path.slice(path.lastIndexOf('/') + 1)
      const words = new Set(/^[ -~]*$/.test(name) ? wordsOf(name.replace(/(?<=.)\.[^.]*$/, '')) : [])
      if (words.size === 0) this.#found.push(path)
      this.#missing.set(path, words.size)
      for (const word of words) this.#awaited.set(word, [...(this.#awaited.get(word) ?? []), path])
    }
  }

  /** Takes the next piece of a text. */
  read(piece: string): void {
    const text = this.#carried + piece
    // The last word may go on in the next piece.
    const end = /[a-zA-Z0-9]*$/.exec(text)!.index
    this.#carried = text.slice(end).slice(0, CARRIED_MAX_CHARACTERS)
    this.#meet(text.slice(0, end))
  }

  /** Ends a text. */
  endText(): void {
    this.#meet(this.#carried)
    this.#carried = ''
  }

  /** The files that have been mentioned and not been taken yet. */
  take(): string[] {
    return this.#found.splice(0)
  }

  #meet(text: string): void {
    for (const word of new Set(wordsOf(text))) {
      const paths = this.#awaited.get(word)
      if (!paths) continue
      this.#awaited.delete(word)
      for (const path of paths) {
        const missing = this.#missing.get(path)! - 1
        this.#missing.set(path, missing)
        if (missing === 0) this.#found.push(path)
      }
    }
  }
}
