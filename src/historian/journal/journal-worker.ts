import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { systemClock } from '#kernel'
import { realFiles } from '../files/real-files.ts'
import type { FromJournal, ToJournal } from './messages.ts'
import { JournalService } from './service.ts'
import { type JournalOptions, JournalWriter } from './writer.ts'

/** The journal's own thread: nothing but write and fdatasync happens here, and nothing else waits behind it. */
const port = parentPort as MessagePort
const service = new JournalService(
  new JournalWriter(realFiles, workerData as JournalOptions, systemClock),
  systemClock,
  answer,
)

port.on('message', (first: ToJournal) => {
  const messages = [first]
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) messages.push(next.message)
  service.handle(messages)
})

function answer(message: FromJournal): void {
  if (message.kind === 'committed') port.postMessage(message, [...message.buffers])
  else port.postMessage(message)
  if (message.kind === 'closed') port.close()
}
