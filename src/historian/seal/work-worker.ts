import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { realFiles } from '../files/real-files.ts'
import type { ToWork } from './messages.ts'
import { SealService } from './service.ts'

/** Sorting and writing of parts, away from the sockets. Started when there is something to do, ended when idle. */
const port = parentPort as MessagePort
const service = new SealService(realFiles, (workerData as { root: string }).root)
port.on('message', (message: ToWork) => port.postMessage(service.handle(message)))
