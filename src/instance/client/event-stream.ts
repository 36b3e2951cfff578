/**
 * The `data` of each event of a server-sent event stream (WHATWG HTML §9.2.6), as its text arrives in any pieces. Comments
 * and other fields are passed over.
 */
export async function* eventsOf(chunks: AsyncIterable<string>): AsyncIterable<string> {
  let rest = ''
  let data: string[] = []
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    for (const line of lines) {
      if (line === '' && data.length > 0) {
        yield data.join('\n')
        data = []
      } else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    }
  }
}
