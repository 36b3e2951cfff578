import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { NotRun } from './peer.ts'

const root = join(import.meta.dirname, '../..')

/** Where foreign software is installed and built; never committed. */
export const peersFolder = join(root, '.peers')
export const repositoryRoot = root

const execFileOf = promisify(execFile)

export interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; a failing exit code is returned, not thrown. */
export async function run(file: string, args: readonly string[], timeoutMs = 60_000): Promise<Output> {
  try {
    const { stdout, stderr } = await execFileOf(file, args, { timeout: timeoutMs, maxBuffer: 1 << 28 })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof code !== 'number') throw error
    return { code, stdout, stderr }
  }
}

/** The full path of a program, or `NotRun` with the Debian package that brings it. */
export async function need(program: string, debianPackage: string): Promise<string> {
  const { code, stdout } = await run('/bin/sh', ['-c', `command -v ${program}`])
  if (code !== 0) throw new NotRun(`${program} is not installed (Debian: ${debianPackage})`)
  return stdout.trim()
}

/** What still runs; ended with us, also when a peer took too long. */
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A program that runs beside the test. */
export interface Running {
  readonly child: ChildProcess
  stop(): Promise<void>
}

/** Starts a program and waits until it prints a line that holds `ready`, on either output; the line is given to `readyLine`. */
export async function start(
  file: string,
  args: readonly string[],
  ready: string,
  timeoutMs = 20_000,
  readyLine: (line: string) => void = () => {},
): Promise<Running> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  const said: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      if (said.length < 200) said.push(line)
      if (!line.includes(ready)) return
      readyLine(line)
      resolve()
    })
  child.once('error', reject)
  child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${said.join(' | ').slice(-600)}`)))
  const timer = setTimeout(() => reject(new Error(`${file} was not ready: ${said.join(' | ').slice(-600)}`)), timeoutMs)
  const running = { child, stop: () => stop(child) }
  try {
    await promise
    return running
  } catch (error) {
    await running.stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), 3000)
  await exited
  clearTimeout(force)
}

/** A port that was free a moment ago; for foreign servers, which cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Compiles one C file of ours against a library of somebody else's; again only when its text has changed. */
export async function compile(source: string, library: string): Promise<string> {
  await need('gcc', 'gcc')
  const built = join(peersFolder, 'bin', source.replace(/^.*\//, '').replace(/\.c$/, ''))
  const text = readFileSync(source, 'utf8')
  const stamp = `${built}.source`
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return built
  mkdirSync(join(peersFolder, 'bin'), { recursive: true })
  const { code, stderr } = await run('gcc', ['-Wall', '-Wextra', '-O1', '-o', built, source, `-l${library}`])
  if (code !== 0) throw new NotRun(`${source} does not compile against lib${library}: ${stderr.slice(0, 300)}`)
  writeFileSync(stamp, text)
  return built
}

/** A Python with one package of one version, in a virtual environment of its own. */
export async function python(packageName: string, version: string): Promise<string> {
  const python3 = await need('python3', 'python3-venv')
  const folder = join(peersFolder, `venv-${packageName}-${version}`)
  const interpreter = join(folder, 'bin', 'python')
  if (await hasPackage(interpreter, packageName, version)) return interpreter
  mkdirSync(peersFolder, { recursive: true })
  const made = await run(python3, ['-m', 'venv', folder])
  if (made.code !== 0) throw new NotRun(`no virtual environment: ${made.stderr.slice(0, 300)}`)
  const installed = await run(interpreter, ['-m', 'pip', 'install', '--quiet', `${packageName}==${version}`], 120_000)
  if (installed.code !== 0)
    throw new NotRun(`${packageName} ${version} cannot be installed: ${installed.stderr.slice(-300)}`)
  return interpreter
}

/** A Python with several packages, each of one version, in a virtual environment of that name. */
export async function pythonWith(name: string, packages: Readonly<Record<string, string>>): Promise<string> {
  const python3 = await need('python3', 'python3-venv')
  const folder = join(peersFolder, `venv-${name}`)
  const interpreter = join(folder, 'bin', 'python')
  const wanted = Object.entries(packages).map(([one, version]) => `${one}==${version}`)
  if (await hasAll(interpreter, wanted)) return interpreter
  mkdirSync(peersFolder, { recursive: true })
  const made = await run(python3, ['-m', 'venv', folder])
  if (made.code !== 0) throw new NotRun(`no virtual environment: ${made.stderr.slice(0, 300)}`)
  const installed = await run(interpreter, ['-m', 'pip', 'install', '--quiet', ...wanted], 150_000)
  if (installed.code !== 0) throw new NotRun(`${wanted.join(' ')} cannot be installed: ${installed.stderr.slice(-300)}`)
  return interpreter
}

async function hasAll(interpreter: string, wanted: readonly string[]): Promise<boolean> {
  if (!existsSync(interpreter)) return false
  const { stdout } = await run(interpreter, ['-m', 'pip', 'freeze'])
  const there = new Set(stdout.split('\n'))
  return wanted.every((one) => there.has(one))
}

async function hasPackage(interpreter: string, packageName: string, version: string): Promise<boolean> {
  if (!existsSync(interpreter)) return false
  const { stdout } = await run(interpreter, ['-c', `import ${packageName}; print(${packageName}.__version__)`])
  return stdout.trim() === version
}
