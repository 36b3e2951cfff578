export { Backoff, type BackoffOptions } from './backoff.ts'
export { Poller, type PollerOptions } from './poller.ts'
