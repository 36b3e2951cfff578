// Makes dist/program of dist/src: the program as a few files without comments and white space, in place of some hundreds.
// A running instance keeps the text of its modules in memory; see docs/decisions/0006-one-bundle.md.
import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist', 'program')

/** Workers and children are started by name from beside the caller, so all files go flat into one folder. */
const entries = { main: join(root, 'dist', 'src', 'cli', 'main.js') }
for (const file of readdirSync(join(root, 'dist', 'src'), { recursive: true })) {
  const name = basename(file, '.js')
  if (!/-(worker|child)\.js$/.test(file) || name === 'serve-child') continue
  if (entries[name]) throw new Error(`Two modules are called ${name}: workers and children need names of their own`)
  entries[name] = join(root, 'dist', 'src', file)
}

rmSync(out, { recursive: true, force: true })
const bundle = await rolldown({
  input: entries,
  platform: 'node',
  // Native or large, and loaded only when they are needed.
  external: [/^@duckdb\//, /^@clickhouse\//, /^apache-arrow/, /^pg$/, /^serialport/],
  logLevel: 'warn',
})
await bundle.write({
  dir: out,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // Names stay, for stack traces.
  minify: { compress: false, mangle: false, codegen: true },
})
await bundle.close()
