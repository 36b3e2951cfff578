/**
 * A process of its own that makes 10,000 updates a second: `writeUrl tags`. Every 100 ms a tenth of the tags, in turn, get a
 * new value, as line protocol without a timestamp, so that every update is one a client must see.
 */
const [url = '', tags = '10000'] = process.argv.slice(2)
const everyMs = 100
const parts = 10
const size = Number(tags) / parts
let turn = 0

async function feed(): Promise<void> {
  const first = (turn++ % parts) * size
  let text = ''
  for (let tag = first; tag < first + size; tag++) text += `live,tag=${tag} v=${(Math.random() * 100).toFixed(2)}\n`
  const reply = await fetch(url, { method: 'POST', body: text })
  if (reply.status !== 204) throw new Error(`${reply.status} ${await reply.text()}`)
}

for (let part = 0; part < parts; part++) await feed()
console.log(JSON.stringify({ ready: true }))
setInterval(() => {
  feed().catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}, everyMs)
