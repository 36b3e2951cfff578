import { IwError } from '#kernel'

/** What every decoder of ours throws for bytes that are not what they should be: `IW_HISTORIAN_CORRUPT`, nothing else. */
export const corrupt = (what: string, file?: string): IwError =>
  new IwError('IW_HISTORIAN_CORRUPT', file ? `${file}: ${what}` : what, file ? { detail: { file } } : {})
