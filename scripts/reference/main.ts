import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pages } from './pages.ts'

// Writes docs/reference/*.md anew from the program itself.
const folder = join(import.meta.dirname, '../../docs/reference')
mkdirSync(folder, { recursive: true })
for (const { file, make } of pages) {
  writeFileSync(join(folder, file), await make())
  console.log(`docs/reference/${file}`)
}
