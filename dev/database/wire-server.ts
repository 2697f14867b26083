import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Mutex } from './mutex.ts'
import { type SharedBackend, serveSession } from './wire-session.ts'

export interface WireServer {
  port: number
  close(): Promise<void>
}

/** Listens on a free port of the loopback interface and serves any number of Postgres clients from one backend. */
export async function startWireServer(backend: SharedBackend): Promise<WireServer> {
  const exclusive = new Mutex()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveSession(socket, backend, exclusive)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await exclusive.lock()
    },
  }
}
