import { Agent, get } from 'node:http'

/** Sends requests over connections that stay open, each connection its next one when the last is answered. */
export interface LoadGenerator {
  /**
   * Asks for each of the addresses once.
   *
   * @returns requests a second
   * @throws Error when an answer is not 200
   */
  rate(urls: readonly string[]): Promise<number>
  close(): void
}

export function openLoadGenerator(connections: number): LoadGenerator {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    async rate(urls) {
      let next = 0
      const connection = async () => {
        while (next < urls.length) await answered(agent, urls[next++]!)
      }
      const start = performance.now()
      await Promise.all(Array.from({ length: connections }, connection))
      return (urls.length * 1000) / (performance.now() - start)
    },
    close: () => agent.destroy(),
  }
}

function answered(agent: Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`))
      response.on('error', reject)
      response.on('end', resolve)
      response.resume()
    }).on('error', reject)
  })
}
