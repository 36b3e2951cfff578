import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { permittedImports } from './rooms.ts'

const root = join(import.meta.dirname, '../..')
const sourceRoot = join(root, 'src')
const roomNames = readdirSync(sourceRoot, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
/** Statements at the beginning of a line, over several lines too, and dynamic imports of a fixed place. */
const importPattern =
  /^(?:import|export)\s+(type\s)?[^'"`;=]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

/** What may be imported from outside a room: the door, and where a decision says so a second one (`#model/readings`). */
const doors = new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).imports))

interface Import {
  readonly file: string
  readonly room: string
  /** Erased when the program runs. */
  readonly typeOnly: boolean
  readonly target: string
}

const sources = roomNames.flatMap((room) => filesIn(join(sourceRoot, room)).map((file) => ({ room, file })))
const imports: Import[] = sources.flatMap(({ room, file }) =>
  [...readFileSync(file, 'utf8').matchAll(importPattern)].map((match) => ({
    file: file.slice(root.length + 1),
    room,
    typeOnly: match[1] !== undefined,
    target: (match[2] ?? match[3] ?? match[4])!,
  })),
)

describe('the house', () => {
  it('is read at all: every room but the kernel imports another by its door', () => {
    const reading = new Set(imports.filter(({ target }) => target.startsWith('#')).map(({ room }) => room))
    expect([...reading, 'kernel'].toSorted()).toEqual(roomNames.toSorted())
  })

  it('has a row in the table of permitted imports for every room, and no row without a room', () => {
    expect(Object.keys(permittedImports).toSorted()).toEqual(roomNames.toSorted())
  })

  it('lists every room in ARCHITECTURE.md, and no room that is not there', () => {
    const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    const section = text.slice(text.indexOf('## Rooms'), text.indexOf('## Threads'))
    const listed = [...section.matchAll(/^\| `([a-z]+)` \|/gm)].map((match) => match[1]!)
    expect(listed.toSorted()).toEqual(roomNames.toSorted())
  })

  it('gives every room one door and a README of at most 40 lines', () => {
    for (const room of roomNames) {
      expect(existsSync(join(sourceRoot, room, 'index.ts')), `${room}/index.ts`).toBe(true)
      const readme = readFileSync(join(sourceRoot, room, 'README.md'), 'utf8')
      expect(readme.split('\n').length, `${room}/README.md`).toBeLessThanOrEqual(41)
    }
  })

  it('imports other rooms only by their door, and only those permitted', () => {
    const wrong = imports.filter(({ room, target }) => {
      if (!target.startsWith('#')) return false
      const permitted = permittedImports[room]!
      if (!doors.has(target)) return true
      const name = target.slice(1).split('/')[0]!
      return name === room || (permitted !== '*' && !permitted.includes(name))
    })
    expect(wrong).toEqual([])
  })

  it('never leaves a room by ../', () => {
    const wrong = imports.filter(({ file, room, target }) => {
      if (!target.startsWith('.')) return false
      const resolved = join(root, file, '..', target)
      return !resolved.startsWith(`${join(sourceRoot, room)}/`)
    })
    expect(wrong).toEqual([])
  })

  it('imports its own files with their .ts ending', () => {
    expect(imports.filter(({ target }) => target.startsWith('.') && !/\.(ts|json)$/.test(target))).toEqual([])
  })

  it('has no import cycle between files', () => {
    const edges = new Map<string, string[]>()
    for (const { file, target, typeOnly } of imports)
      if (target.startsWith('.') && !typeOnly) edges.set(file, [...(edges.get(file) ?? []), join(file, '..', target)])
    expect(findCycle(edges)).toBeUndefined()
  })
})

describe('tracked files', () => {
  const tracked = trackedFiles()

  it('name no registry host and no absolute path of a machine', () => {
    // Spelled in pieces, so that this file does not find itself.
    const forbidden = new RegExp(
      [
        ['registry', 'npmjs', 'org'].join('\\.'),
        ['files', 'pythonhosted', 'org'].join('\\.'),
        `/${'root'}/`,
        `/${'work'}/(main|shared|\\.)`,
        `/${'home'}/[a-z]+/`,
        `/${'Users'}/[a-z]+/`,
      ].join('|'),
    )
    const wrong = tracked.filter(
      (file) => !/\.(png|webp|ico|woff2)$/.test(file) && forbidden.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(wrong).toEqual([])
  })
})

function trackedFiles(): string[] {
  try {
    return execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
      .split('\n')
      .filter((file) => file !== '' && existsSync(join(root, file)))
  } catch {
    return filesIn(root).map((file) => file.slice(root.length + 1))
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name === '.git') return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesIn(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** The first cycle found by depth-first search, as the list of files on it. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): string[] | undefined => {
    const at = path.indexOf(file)
    if (at >= 0) return [...path.slice(at), file]
    if (done.has(file)) return undefined
    path.push(file)
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next)
      if (cycle) return cycle
    }
    path.pop()
    done.add(file)
    return undefined
  }
  for (const file of edges.keys()) {
    const cycle = visit(file)
    if (cycle) return cycle
  }
  return undefined
}
