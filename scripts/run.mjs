// Every `npm run …` of this project. Plain JavaScript without dependencies, because it runs before anything is installed,
// on whatever Node the machine has (12.20 or newer): it installs, finds Node 24, builds what is stale, and runs.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...names) => join(root, ...names)
const wantedNode = Number(readFileSync(at('.nvmrc'), 'utf8').trim())

const tasks = {
  demo: (args) => program(['demo', ...args]),
  start: (args) => program(['start', ...args]),
  cli: (args) => program(args),
  build: () => build(),
  test,
  peers: (args) => source('test/peers/main.ts', args),
  long: (args) => source('test/long/main.ts', args),
  bench: (args) => source('bench/main.ts', args),
  docs: (args) => source('scripts/reference/main.ts', args),
}

let node = process.execPath

/** Something this machine lacks, told in one line. */
class Missing extends Error {}

async function main(name, args) {
  const task = tasks[name]
  if (!task) throw new Missing(`There is no "${name}". There are: ${Object.keys(tasks).join(', ')}`)
  setUp()
  node = findNode()
  const code = await task(args)
  return code === undefined ? 0 : code
}

// ── set-up ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Installs what package-lock.json says, unless it is there already. */
function setUp() {
  const lock = readFileSync(at('package-lock.json'))
  const stamp = at('node_modules', '.interwork-lock')
  const wanted = createHash('sha256').update(lock).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  if (!isInstalled(JSON.parse(lock))) {
    say('Installing packages with npm ci (half a minute or so) …')
    // The npm that runs us is a script for the Node that runs us.
    const npm = process.env.npm_execpath
    const flags = ['ci', '--loglevel=error']
    const done = npm
      ? spawnSync(process.execPath, [npm, ...flags], { cwd: root, stdio: 'inherit' })
      : spawnSync('npm', flags, { cwd: root, stdio: 'inherit' })
    if (done.error) throw new Missing(`npm is missing: ${done.error.message}`)
    if (done.status !== 0) throw new Missing('npm ci failed: is the package registry reachable? See the lines above.')
  }
  writeFileSync(stamp, wanted)
}

/** Whether npm's own record of node_modules agrees with the lock; packages for other systems do not count. */
function isInstalled(lock) {
  const record = at('node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.keys(lock.packages).every((path) => {
    const { version, optional } = lock.packages[path]
    return path === '' || optional || (installed[path] && installed[path].version === version)
  })
}

/** The Node that runs the project: this one where it is new enough, else the one of the package `node`. */
function findNode() {
  const own = process.versions.node
  if (Number(own.split('.')[0]) >= wantedNode) return process.execPath
  const brought = at('node_modules', 'node', 'bin', 'node')
  const { status, stdout } = spawnSync(brought, ['--version'], { encoding: 'utf8' })
  if (status !== 0)
    throw new Missing(`Node ${wantedNode} or newer is missing: this is ${own}, and the package "node" brought none.`)
  say(`Node ${stdout.trim().slice(1)} from node_modules runs this (the machine's own is ${own}).`)
  return brought
}

// ── build ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Builds program and console into dist/, each only when something it is made of has changed. */
async function build() {
  const common = ['package.json', 'package-lock.json']
  await buildPart(
    'program',
    ['src', 'tsconfig.json', 'tsconfig.build.json', 'scripts/bundle.mjs', ...common],
    async () => {
      await must('tsc', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
      removeOrphans()
      await must('bundle', ['scripts/bundle.mjs'])
    },
  )
  await buildPart(
    'console',
    ['console', 'scripts/console', 'src/http/contract.ts', 'src/model', ...common],
    async () => {
      await must('vite', ['node_modules/vite/bin/vite.js', 'build', 'console', '--logLevel', 'warn'])
      if (existsSync(at('scripts', 'console', 'precompress.mjs')))
        await must('precompress', ['scripts/console/precompress.mjs'])
    },
  )
}

async function buildPart(name, inputs, make) {
  const stamp = at('dist', `.${name}-stamp`)
  const wanted = hashOf(inputs)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say(`Building the ${name} …`)
  rmSync(stamp, { force: true })
  await make()
  mkdirSync(at('dist'), { recursive: true })
  writeFileSync(stamp, wanted)
}

/** One hash over names and contents of files and folders. */
function hashOf(inputs) {
  const hash = createHash('sha256')
  for (const file of inputs.flatMap(filesIn))
    hash
      .update(`${file}\0`)
      .update(readFileSync(at(file)))
      .update('\0')
  return hash.digest('hex')
}

function filesIn(path) {
  if (!existsSync(at(path))) return []
  if (!statSync(at(path)).isDirectory()) return [path]
  return readdirSync(at(path))
    .sort()
    .flatMap((name) => filesIn(join(path, name)))
}

/** tsc does not remove what was made of a file that is gone. */
function removeOrphans() {
  for (const file of filesIn(join('dist', 'src'))) {
    const made = relative('dist', file).replace(/\.js(\.map)?$/, '.ts')
    if (!existsSync(at(made))) rmSync(at(file))
  }
}

// ── run ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The built program. */
async function program(args) {
  await build()
  const { flags, environment } = JSON.parse(readFileSync(at('scripts', 'launch.json'), 'utf8'))
  return await run([...flags, join('dist', 'program', 'main.js'), ...args], environment)
}

/** A script of the project that runs from source; the built program is there too, for those that start it. */
async function source(file, args) {
  if (!existsSync(at(file))) throw new Missing(`${file} is missing.`)
  await build()
  return await run(['-C', 'source', file, ...args])
}

/** Lint, types and tests; all of them run, also after a failure. The last line counts. */
async function test(args) {
  await build()
  const plain = process.stdout.isTTY ? [] : ['--colors=off']
  const checks = {
    'biome ci': ['node_modules/@biomejs/biome/bin/biome', 'ci', '--diagnostic-level=error', ...plain, '.'],
    'types of program and tests': ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit'],
    'types of the console': ['node_modules/typescript/bin/tsc', '-p', 'console/tsconfig.json', '--noEmit'],
  }
  const failedChecks = []
  for (const name of Object.keys(checks)) {
    say(name)
    if ((await run(checks[name])) !== 0) failedChecks.push(name)
  }
  const tests = await vitest(args)
  for (const name of failedChecks) say(`failed: ${name}`)
  if (tests.skipped > 0) say(`${tests.skipped} skipped: the lines above that begin with "skipped:" say why`)
  const passed = tests.passed + Object.keys(checks).length - failedChecks.length
  const failed = tests.failed + failedChecks.length
  say(`${passed} passed, ${failed} failed`)
  return failed > 0 || tests.broken ? 1 : 0
}

async function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'iw-test-'))
  const report = join(folder, 'report.json')
  const flags = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await run(['node_modules/vitest/vitest.mjs', ...flags, ...args])
  const told = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
  rmSync(folder, { recursive: true, force: true })
  if (!told) return { passed: 0, failed: 1, skipped: 0, broken: true }
  // A file that cannot even be loaded has no tests to fail: it counts as one.
  const unloadable = told.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  const failed = told.numFailedTests + unloadable.length
  const skipped = told.numPendingTests + told.numTodoTests
  return { passed: told.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed, skipped, broken: code !== 0 }
}

async function must(name, args) {
  if ((await run(args)) !== 0) throw new Missing(`${name} failed: see the lines above.`)
}

/** Runs a script with our Node and gives its exit code. Signals are handed on, and we wait for it to end. */
function run(args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: root, stdio: 'inherit', env: { ...environment, ...process.env } })
    const pass = (signal) => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.removeListener('SIGINT', pass)
      process.removeListener('SIGTERM', pass)
      resolve(signal ? 1 : code)
    })
  })
}

function say(line) {
  process.stdout.write(`${line}\n`)
}

main(process.argv[2], process.argv.slice(3)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Missing ? error.message : error)
    process.exit(1)
  },
)
