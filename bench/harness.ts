import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** One figure of a benchmark. `bar` is what it must reach; `peer` what somebody else's program reached in the same run. */
export interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly bar?: { readonly op: '<=' | '>='; readonly value: number }
  readonly peer?: { readonly name: string; readonly version: string; readonly value: number }
}

/** A benchmark: `run` measures and returns its figures; it prints progress through `say`. */
export interface Bench {
  readonly name: string
  readonly load: string
  run(say: (line: string) => void): Promise<readonly Result[]>
}

/** Whether a figure reaches its bar; figures without one always do. */
export function reaches({ value, bar }: Result): boolean {
  if (!bar) return true
  return bar.op === '<=' ? value <= bar.value : value >= bar.value
}

/** Seconds of CPU (user + system, all threads) a process has used, from /proc. Children are not counted. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticksPerSecond = 100
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident memory of a process, bytes, from /proc. */
export function residentBytesOf(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return line ? Number(line[1]) * 1024 : 0
}

/** CPU seconds of this process, all threads. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** CPU seconds of the children of this process that have ended. */
export function endedChildrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`

/** Digits that matter: three, and never an exponent. */
export const figure = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
