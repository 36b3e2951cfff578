import { colourOf, letterOf } from '../lib/explore/chosen.ts'

/** The letter of a line, in its colour: the same in list, chip, lane and table. */
export function Badge({ index }: { index: number }) {
  const number = colourOf(index).slice(1)
  return <span class={`key${number === '1' ? '' : ` k${number}`}`}>{letterOf(index)}</span>
}
