import type { LineCounter, Node, Document as YamlDocument } from 'yaml'
import type { z } from 'zod'
import { type ErrorCode, isIwError } from '#kernel'
import { type KeySchema, nearestPath, validPaths } from './nearest-key.ts'
import { settingsJsonSchema } from './schema.ts'

/** One thing that is wrong with the settings. */
export interface SettingsProblem {
  readonly code: Extract<ErrorCode, 'IW_SETTINGS_UNKNOWN_KEY' | 'IW_SETTINGS_INVALID'>
  /** Such as `http.port` or `things[2].id`. */
  readonly path: string
  /** In the file, from 1. */
  readonly line?: number
  readonly message: string
}

/** The file the settings came from, to name lines. */
export interface SettingsSource {
  readonly document: YamlDocument
  readonly lines: LineCounter
}

type Path = readonly (string | number)[]
type Issue = z.core.$ZodIssue

/** What zod found, in words: every problem with its path, its line and, for an unknown key, the nearest valid one; in the order of the file. */
export function settingsProblems(issues: readonly Issue[], source: SettingsSource): readonly SettingsProblem[] {
  const paths = validPaths(settingsJsonSchema() as KeySchema)
  return issues.flatMap((issue) => describe(issue, [], source, paths)).toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

/** Things whose connection or addresses no driver takes, each with its line. */
export function thingProblems(
  things: readonly unknown[],
  check: (thing: unknown) => void,
  source: SettingsSource,
): readonly SettingsProblem[] {
  return things.flatMap((thing, index) => {
    try {
      check(thing)
      return []
    } catch (error) {
      if (!isIwError(error)) throw error
      return [problem('IW_SETTINGS_INVALID', ['things', index], error.message, source)]
    }
  })
}

function describe(issue: Issue, parent: Path, source: SettingsSource, paths: readonly string[]): SettingsProblem[] {
  const path = [...parent, ...(issue.path as Path)]
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return likeliest(issue.errors, path, source).flatMap((inner) => describe(inner, path, source, paths))
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, source, paths))
  const value = valueAt(source, path)
  const given = value === undefined ? '' : `, given ${shown(value)}`
  return [problem('IW_SETTINGS_INVALID', path, `${issue.message}${given}`, source)]
}

/** The branch of a union that was meant: the one that misses the fewest keys, then the one that complains least. */
function likeliest(branches: readonly (readonly Issue[])[], parent: Path, { document }: SettingsSource) {
  const misses = (issue: Issue) => !document.hasIn([...parent, ...(issue.path as Path)])
  const rank = (issues: readonly Issue[]) => issues.filter(misses).length * 1000 + issues.length
  return branches.toSorted((a, b) => rank(a) - rank(b))[0]!
}

function unknownKey(parent: Path, key: string, source: SettingsSource, paths: readonly string[]): SettingsProblem {
  const nearest = nearestPath(schemaPath(parent), key, paths)
  const hint = nearest === undefined ? 'see docs/reference/settings.md' : `did you mean ${nearest}?`
  return problem('IW_SETTINGS_UNKNOWN_KEY', [...parent, key], `unknown key, ${hint}`, source)
}

function problem(code: SettingsProblem['code'], path: Path, message: string, source: SettingsSource): SettingsProblem {
  const line = lineOf(source, path)
  return { code, path: pathText(path), ...(line !== undefined && { line }), message }
}

/** The line of the value, or of the nearest thing around it that is in the file. */
function lineOf({ document, lines }: SettingsSource, path: Path): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    if (node?.range) return lines.linePos(node.range[0]).line
  }
  return undefined
}

const valueAt = ({ document }: SettingsSource, path: Path): unknown => {
  const value = document.getIn(path)
  return typeof value === 'object' && value !== null ? undefined : value
}

/** A value in a message, cut to a length that can be read; an address never with its password. */
const shown = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/:\/\/[^@/]*@/, '://…@')
    .slice(0, 80)

const pathText = (path: Path): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')

const schemaPath = (path: Path): string => pathText(path).replace(/\[\d+\]/g, '[]')
