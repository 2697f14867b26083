interface ByteTransform {
  readable: ReadableStream<Uint8Array>
  writable: WritableStream
}

/**
 * Sends chunks through a stream, taking the next one only when the output so far has been read. The streams of the
 * runtime alone do not hold the writer back everywhere: workerd's (de)compression keeps all output until somebody
 * reads it.
 */
export async function* transformOnDemand(
  { readable, writable }: ByteTransform,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = readable.getReader()
  const writer: WritableStreamDefaultWriter<Uint8Array> = writable.getWriter()
  const source = chunks[Symbol.asyncIterator]()
  let sourceEnded = false
  const feed = async (): Promise<undefined> => {
    const { done, value } = await source.next()
    if (!done) return void (await writer.write(value))
    sourceEnded = true
    await writer.close()
  }

  let reading = reader.read()
  let feeding: Promise<undefined> | undefined
  try {
    for (;;) {
      // Output that is there comes before the next task does; only when there is none, the next chunk is due.
      const output = await Promise.race([reading, feeding ?? (sourceEnded ? reading : nextTask())])
      if (output?.done) return
      if (output) {
        yield output.value
        reading = reader.read()
      } else {
        feeding = feeding ? undefined : feed()
      }
    }
  } finally {
    // Without effect where the end was reached; else nobody reads any more.
    for (const promise of [reading, feeding]) promise?.catch(() => {})
    await writer.abort().catch(() => {})
    await source.return?.()
  }
}

function nextTask(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, 0, undefined))
}
