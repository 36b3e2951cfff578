import { crc32 } from 'node:zlib'
import type { Microseconds } from '#kernel'
import type { Tag } from '#model'
import type { Retention } from '#ports'
import type { PartEntry } from '../seal/manifest.ts'
import type { DayJob, ExpiredTags, Expiry, MonthJob } from './job.ts'
import { isRollup, rollupsFor, type Situation } from './plan.ts'
import type { RollupLevel } from './rollup.ts'
import { dayUs, spanOfName } from './utc-day.ts'

/** How long the readings of some tags are kept. */
interface RetentionClass extends Retention {
  /** `thing/property`, where `*` is anything and `?` one character. */
  readonly match: string
}

/** How long readings are kept: the first class that matches a tag, else these. */
export interface RetentionPolicy extends Retention {
  readonly classes: readonly RetentionClass[]
}

export const keepForEver: RetentionPolicy = {
  rawDays: undefined,
  minuteDays: undefined,
  hourDays: undefined,
  classes: [],
}

/** Parts that hold nothing that is still kept: their files go, unread. */
export interface DropJob {
  readonly kind: 'drop'
  readonly parts: readonly PartEntry[]
}

/** The classes of a policy, the rest last, and which tags belong to which. */
export class RetentionRules {
  readonly #rules: readonly Retention[]
  readonly #patterns: readonly RegExp[]
  readonly #version: string
  readonly policy: RetentionPolicy

  constructor(policy: RetentionPolicy) {
    this.policy = policy
    this.#rules = [...policy.classes, policy]
    this.#patterns = policy.classes.map(({ match }) => globPattern(match))
    const said = this.#rules.map(({ rawDays, minuteDays, hourDays }) => [
      rawDays ?? -1,
      minuteDays ?? -1,
      hourDays ?? -1,
    ])
    this.#version = crc32(JSON.stringify([said, policy.classes.map(({ match }) => match)])).toString(16)
  }

  /** Which rule a tag follows. */
  #ruleOf({ thing, property }: Tag): number {
    const name = `${thing}/${property}`
    const found = this.#patterns.findIndex((pattern) => pattern.test(name))
    return found < 0 ? this.#patterns.length : found
  }

  /** The rules by which what ended at `end` is not kept any more: all, some or none. */
  #expiredAt(kind: PartEntry['kind'], end: Microseconds, now: Microseconds): readonly number[] {
    return this.#rules.flatMap((rule, index) => (now - end >= keptUs(daysOf(rule, kind)) ? [index] : []))
  }

  /** The next thing to do for retention, or undefined. Parts that are not merged yet are left alone. */
  plan({ parts, now }: Situation, tags: readonly Tag[]): DropJob | DayJob | MonthJob | undefined {
    const drop: PartEntry[] = []
    for (const part of parts) {
      if (part.kind === 'level0' || !part.day) continue
      const [, end] = spanOfName(part.day)
      const expired = this.#expiredAt(part.kind, end, now)
      if (expired.length === 0) continue
      const all = expired.length === this.#rules.length
      if (all && (isRollup(part) || this.#rules.every((rule) => levelsAfter(rule).length === 0))) drop.push(part)
      else if (part.expiry !== this.#markOf(expired)) return this.#rewrite(part, parts, expired, tags)
    }
    return drop.length > 0 ? { kind: 'drop', parts: drop } : undefined
  }

  #markOf(expired: readonly number[]): string {
    return `${this.#version}:${expired.join(',')}`
  }

  #rewrite(part: PartEntry, parts: readonly PartEntry[], expired: readonly number[], tags: readonly Tag[]) {
    const day = part.day!
    const expiry: Expiry = { mark: this.#markOf(expired), tags: this.#expiredTags(expired, tags) }
    const inputs = parts.filter((other) => other.kind === part.kind && other.day === day)
    const rank = Math.max(...inputs.map((other) => other.rank))
    if (part.kind === 'raw')
      return {
        kind: 'day' as const,
        rank,
        day,
        inputs,
        rewrite: true,
        rollups: rollupsFor(parts, day),
        expired: expiry,
      }
    return { kind: 'month' as const, rank, level: part.kind as RollupLevel, month: day, inputs, expired: expiry }
  }

  #expiredTags(expired: readonly number[], tags: readonly Tag[]): readonly ExpiredTags[] {
    const byRule = Map.groupBy(tags, (tag) => this.#ruleOf(tag))
    return expired.map((index) => ({
      tags: (byRule.get(index) ?? []).map(({ id }) => id),
      levels: levelsAfter(this.#rules[index]!),
    }))
  }
}

const daysOf = (rule: Retention, kind: PartEntry['kind']): number | undefined =>
  kind === 'minute' ? rule.minuteDays : kind === 'hour' ? rule.hourDays : rule.rawDays

const keptUs = (days: number | undefined): number => (days === undefined ? Number.POSITIVE_INFINITY : days * dayUs)

/** The rollups that are to be there when the rows go. */
function levelsAfter(rule: Retention): readonly RollupLevel[] {
  const raw = keptUs(rule.rawDays)
  const levels: readonly RollupLevel[] = ['minute', 'hour']
  return levels.filter((level) => keptUs(daysOf(rule, level)) > raw)
}

function globPattern(match: string): RegExp {
  const escaped = match.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su')
}
