import type { Plant } from '../plant/plant.ts'
import type { FromSimulator, ToSimulator } from './messages.ts'
import { type PastOptions, pastOf } from './past.ts'

/** Pieces on their way to be stored at most: so much memory the past takes. */
const underWay = 2

/** The channel to whoever started this process. */
export interface Channel {
  send(message: FromSimulator): void
  onMessage(listen: (message: ToSimulator) => void): void
  close(): void
}

/**
 * Tells the past of a plant over the channel, once it is asked. `told` is called when the plant stands at second 0, `live`
 * when all of its past is stored and its time may begin.
 */
export function tellPast(plant: Plant, channel: Channel, { told, live }: { told(): void; live(): void }): void {
  let wake = () => {}
  let waiting = 0
  const tell = async (options: PastOptions) => {
    for (const piece of pastOf(plant, options)) {
      channel.send({ kind: 'piece', ...piece })
      waiting++
      if (waiting >= underWay) await new Promise<void>((resolve) => (wake = resolve))
    }
    told()
    channel.send({ kind: 'told' })
  }
  channel.onMessage((message) => {
    if (message.kind === 'tell')
      tell(message).catch((error: Error) => channel.send({ kind: 'failed', message: error.message }))
    else if (message.kind === 'more') {
      waiting--
      wake()
    } else {
      channel.close()
      live()
    }
  })
}
