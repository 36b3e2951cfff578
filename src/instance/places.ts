import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where this program's own files are: the folder of its package.json, the same from source and built. */
const programFolder: string = findUp(import.meta.dirname)

/** Version of this program, from its package.json. */
export const programVersion: string = (
  JSON.parse(readFileSync(join(programFolder, 'package.json'), 'utf8')) as { version: string }
).version

export const places = {
  profiles: join(programFolder, 'profiles'),
  console: join(programFolder, 'dist', 'console'),
} as const

function findUp(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('package.json of interwork is not above the program')
  return findUp(parent)
}
