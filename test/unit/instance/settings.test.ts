import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IwError } from '#kernel'
import { loadSettings, parseSettings } from '../../../src/instance/settings/load.ts'
import { settingsJsonSchema } from '../../../src/instance/settings/schema.ts'

const name = 'interwork.yaml'

/** What is refused, as code and message. */
function refusal(work: () => unknown): { code: string; message: string } {
  try {
    work()
  } catch (error) {
    if (error instanceof IwError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('settings', () => {
  it('are complete without a file', () => {
    const settings = parseSettings('', name)
    expect(settings.http).toMatchObject({ host: '127.0.0.1', port: 7070 })
    expect(settings.log).toEqual({ level: 'info', format: 'auto' })
    expect(settings.historian.headBytes).toBe(48 * 1024 * 1024)
    expect(settings.things).toEqual([])
  })

  it('take a plain title as English', () => {
    expect(parseSettings('title: Old Mill', name).title).toEqual({ en: 'Old Mill' })
    expect(parseSettings('title: { en: Old Mill, zh: 老磨坊 }', name).title).toEqual({ en: 'Old Mill', zh: '老磨坊' })
  })

  it.each([
    ['http:\n  prot: 80', 'interwork.yaml:2: http.prot: unknown key, did you mean http.port?'],
    ['prot: 80', 'interwork.yaml:1: prot: unknown key, did you mean http.port?'],
    ['port: 80', 'interwork.yaml:1: port: unknown key, did you mean http.port?'],
    ['# c\nnmae: x', 'interwork.yaml:2: nmae: unknown key, did you mean name?'],
    [
      'historian:\n  headbytes: 1',
      'interwork.yaml:2: historian.headbytes: unknown key, did you mean historian.headBytes?',
    ],
    ['log: {\n  levle: info }', 'interwork.yaml:2: log.levle: unknown key, did you mean log.level?'],
    ['zzzzzzzzzz: 1', 'interwork.yaml:1: zzzzzzzzzz: unknown key, see docs/reference/settings.md'],
  ])('name the nearest valid key for %j', (text, message) => {
    expect(refusal(() => parseSettings(text, name))).toEqual({ code: 'IW_SETTINGS_UNKNOWN_KEY', message })
  })

  it('tell every problem at once, each with its line, its path and the value', () => {
    const { code, message } = refusal(() => parseSettings('http:\n  port: 70700\nzone: Mars/Olympus\n', name))
    expect(code).toBe('IW_SETTINGS_INVALID')
    const [port, zone] = message.split('\n')
    expect(port).toMatch(/^interwork\.yaml:2: http\.port: .*given 70700$/)
    expect(zone).toMatch(/^interwork\.yaml:3: zone: not an IANA time zone.*given "Mars\/Olympus"$/)
  })

  it('name the field of a thing that is wrong, in the branch that was meant', () => {
    const things = `things:
  - id: pump-1
    connection: { protocol: modbus, host: 127.0.0.1 }
    properties:
      - name: flow
        type: nmuber
`
    const { message } = refusal(() => parseSettings(things, name))
    expect(message).toMatch(/^interwork\.yaml:6: things\[0\]\.properties\[0\]\.type: .*given "nmuber"$/)
  })

  it('find the misspelled key of a thing', () => {
    const thing = 'things:\n  - id: pump-1\n    porfile: grundfos/cre\n    connection: {}\n'
    expect(refusal(() => parseSettings(thing, name)).message).toContain(
      'interwork.yaml:3: things[0].porfile: unknown key, did you mean things[].profile?',
    )
  })

  it('accept a thing whose properties come from a profile', () => {
    const [thing] = parseSettings('things: [{ id: a, profile: x/y, connection: { host: h, unit: 3 } }]', name).things
    expect(thing).toMatchObject({ id: 'a', profile: 'x/y', connection: { host: 'h', unit: 3 } })
  })

  it.each([
    ['name: [', 'IW_SETTINGS_UNREADABLE'],
    ['name: a\nname: b', 'IW_SETTINGS_UNREADABLE'],
    ['- a\n- b', 'IW_SETTINGS_INVALID'],
    ['just a text', 'IW_SETTINGS_INVALID'],
  ])('refuse %j as a whole', (text, code) => {
    expect(refusal(() => parseSettings(text, name)).code).toBe(code)
  })

  it('refuse aliases that unfold to a bomb', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `k${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`)
    expect(refusal(() => parseSettings(`k0: &a0 [x]\n${levels.join('\n')}`, name)).code).toBe('IW_SETTINGS_UNREADABLE')
  })

  it('never show the password of a database address', () => {
    const { message } = refusal(() => parseSettings('database: mysql://iw:hunter2@db/x', name))
    expect(message).toContain('database')
    expect(message).not.toContain('hunter2')
  })

  it('are refused with a message, never with a crash, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseSettings(text, name)
        } catch (error) {
          expect(error).toBeInstanceOf(IwError)
        }
      }),
    )
  })

  it('give a JSON Schema in which every key has a description', () => {
    const undescribed: string[] = []
    const visit = (schema: Record<string, unknown>, path: string) => {
      for (const [key, value] of Object.entries(
        (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        if (value['description'] === undefined) undescribed.push(`${path}${key}`)
        if (path === '' && key === 'things') continue
        visit(value, `${path}${key}.`)
      }
    }
    visit(settingsJsonSchema(), '')
    expect(undescribed).toEqual([])
  })
})

describe('the settings file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'iw-settings-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is interwork.yaml where the command runs, and its paths are relative to it', () => {
    writeFileSync(join(folder, name), 'data: here\nhttp: { tls: { key: k.pem, certificate: /etc/c.pem } }\n')
    const { settings, file } = loadSettings(folder)
    expect(file).toBe(join(folder, name))
    expect(settings.data).toBe(join(folder, 'here'))
    expect(settings.http.tls).toEqual({ key: join(folder, 'k.pem'), certificate: '/etc/c.pem' })
  })

  it('is not needed, and not looked at where it is not wanted', () => {
    expect(loadSettings(folder)).toMatchObject({ settings: { data: join(folder, '.interwork/data') } })
    writeFileSync(join(folder, name), 'name: mine')
    expect(loadSettings(folder, false).settings.name).toBe('interwork')
  })

  it('must exist when it is named', () => {
    expect(refusal(() => loadSettings(folder, 'none.yaml'))).toMatchObject({
      code: 'IW_SETTINGS_UNREADABLE',
      message: expect.stringContaining('none.yaml'),
    })
  })

  it('gives way to the command line', () => {
    writeFileSync(join(folder, name), 'data: here\nhttp: { port: 80 }')
    const { settings } = loadSettings(folder, undefined, { data: 'there', port: 81, logLevel: 'debug' })
    expect(settings).toMatchObject({ data: join(folder, 'there'), http: { port: 81 }, log: { level: 'debug' } })
  })

  it.each(['0.0.0.0', '::', '192.168.0.10', 'plant.example'])('may not listen on %s without TLS', (host) => {
    expect(refusal(() => loadSettings(folder, false, { host })).code).toBe('IW_INSTANCE_UNSAFE_LISTENER')
    const tls = 'tls: { key: k.pem, certificate: c.pem }'
    writeFileSync(join(folder, name), `http: { host: '${host}', ${tls} }`)
    expect(loadSettings(folder).settings.http.host).toBe(host)
  })

  it.each(['127.0.0.1', '127.8.9.1', '::1', 'localhost', 'east.localhost'])('may listen on %s', (host) => {
    expect(loadSettings(folder, false, { host }).settings.http.host).toBe(host)
  })
})
