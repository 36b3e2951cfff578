import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { IwError } from '#kernel'

const unzippers = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate) } as const

/**
 * The body of a write as it was before it was zipped, at most `mostBytes` long: unzipping stops there, whatever the
 * compressed size promised. Throws `IW_HTTP_TOO_LARGE`, `IW_HTTP_MEDIA_TYPE`, `IW_HTTP_BAD_REQUEST`.
 */
export async function unzipped(body: Buffer, encoding: string | undefined, mostBytes: number): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === 'identity' || name === '') return body
  if (!isKnown(name)) throw new IwError('IW_HTTP_MEDIA_TYPE', `Content-Encoding "${name.slice(0, 40)}" is not known`)
  try {
    return await unzippers[name](body, { maxOutputLength: mostBytes })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new IwError('IW_HTTP_TOO_LARGE', `The body is larger than ${mostBytes} bytes once unzipped`)
    throw new IwError('IW_HTTP_BAD_REQUEST', `The body is not ${name}`, { cause: error })
  }
}

const isKnown = (name: string): name is keyof typeof unzippers => Object.hasOwn(unzippers, name)
