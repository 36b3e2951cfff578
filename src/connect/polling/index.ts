export { Backoff } from './backoff.ts'
export { Poller } from './poller.ts'
