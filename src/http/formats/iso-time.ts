import type { Microseconds } from '#kernel'

const minuteUs = 60e6
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const three = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'))

/** What stands before the seconds, of the minute asked about last: rows of a table mostly share it. */
let lastMinute = Number.NaN
let lastText = ''

/** ISO 8601 in UTC with all six digits after the second. */
export function isoTime(time: Microseconds): string {
  const minute = Math.floor(time / minuteUs)
  if (minute !== lastMinute) {
    lastText = new Date(minute * 60_000).toISOString().slice(0, -7)
    lastMinute = minute
  }
  const us = time - minute * minuteUs
  const second = Math.floor(us / 1e6)
  const fraction = us - second * 1e6
  const ms = Math.floor(fraction / 1_000)
  return `${lastText}${two[second]}.${three[ms]}${three[fraction - ms * 1_000]}Z`
}
