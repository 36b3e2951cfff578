import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { IwError } from '#kernel'
import { refusalText } from './raw-refusal.ts'

/** Files and sockets that stay free for the historian, the database and the machines. */
const reservedFiles = 512

/** Connections that may be open: as many as asked for, as long as the system lets this process open enough files. */
export function connectionLimit(asked: number): number {
  const most = openFilesLimit() - reservedFiles
  return Math.max(16, Math.min(asked, most))
}

function openFilesLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return line?.[1] === undefined || line[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line[1])
  } catch {
    // Not Linux: what every system gives.
    return 1024
  }
}

export interface Connections {
  /** Closes those with no request under way, also those that never sent one. */
  closeIdle(): void
}

/**
 * Keeps the number of open connections at `most`. A new one beyond it takes the place of the one that was idle longest,
 * so that nobody can shut the others out by opening connections and saying nothing; only when all are at work is the
 * newcomer told to come back.
 */
export function limitConnections(server: Server, most: number): Connections {
  const idle = new Set<Socket>()
  let open = 0
  const event = 'setSecureContext' in server ? 'secureConnection' : 'connection'
  const serve = server.listeners(event) as ((socket: Socket) => void)[]
  server.removeAllListeners(event)
  server.on(event, (socket: Socket) => {
    if (open >= most && !closeLongestIdle(idle)) {
      turnAway(socket)
      return
    }
    open++
    idle.add(socket)
    socket.once('close', () => {
      open--
      idle.delete(socket)
    })
    for (const listener of serve) listener.call(server, socket)
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket)
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket)
    })
  })
  server.on('upgrade', ({ socket }: IncomingMessage) => idle.delete(socket))
  return {
    closeIdle() {
      for (const socket of idle) socket.destroy()
    },
  }
}

function closeLongestIdle(idle: Set<Socket>): boolean {
  for (const socket of idle) {
    idle.delete(socket)
    socket.destroy()
    return true
  }
  return false
}

/** 503 with Retry-After, then the end. */
function turnAway(socket: Socket): void {
  socket.on('error', () => socket.destroy())
  socket.end(refusalText(new IwError('IW_HTTP_TOO_MANY', 'All connections are in use'), 503))
  socket.setTimeout(2_000, () => socket.destroy())
  socket.resume()
}
