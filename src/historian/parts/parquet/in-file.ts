import { IwError, isIwError } from '#kernel'

/** Names the file in what `read` throws about its bytes. */
export async function inFile<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isIwError(error, 'IW_HISTORIAN_CORRUPT') || error.message.startsWith(path)) throw error
    throw new IwError('IW_HISTORIAN_CORRUPT', `${path}: ${error.message}`, { detail: { file: path }, cause: error })
  }
}
