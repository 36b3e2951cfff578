import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boiler, openRoom, type Room } from './room.ts'

const scale = { id: 'scale', properties: [{ name: 'weight', type: 'number', unit: 'kg' }] }

describe('things', () => {
  let room: Room
  beforeEach(async () => {
    room = await openRoom()
  })
  afterEach(async () => room.end())

  it('are opened when added, with their tags defined first', async () => {
    const thing = await room.connect.things.add(boiler, 'database')
    expect(thing).toMatchObject({ id: 'boiler', origin: 'database', version: 1, title: { en: 'Boiler' } })
    expect(room.connect.things.tag('boiler', 'temperature')).toMatchObject({ type: 'number', unit: 'Cel' })
    await room.driver.machine('boiler').set('temperature', 61.5)
    expect(room.historian.last(room.connect.things.tag('boiler', 'temperature')!.id)).toMatchObject({ value: 61.5 })
    expect(room.historian.batches[0]).toMatchObject({ source: 'memory/boiler', sequence: 0 })
    expect(room.connect.things.status('boiler')).toMatchObject({ state: 'answering', protocol: 'memory' })
  })

  it('are there again after a restart, same version and time of making', async () => {
    const thing = await room.connect.things.add(boiler, 'database')
    room = await room.restart()
    expect(room.connect.things.get('boiler')).toEqual(thing)
    expect(room.connect.things.status('boiler')?.state).toBe('answering')
  })

  it('are listed in the order of their ids', async () => {
    for (const id of ['b', 'c', 'a']) await room.connect.things.add({ ...scale, id }, 'database')
    expect(room.connect.things.list().map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })

  it.each([
    [
      'a unit nobody knows',
      { ...scale, properties: [{ name: 'w', type: 'number', unit: 'stone' }] },
      'properties.0.unit',
      'stone',
    ],
    ['an id with a slash', { ...scale, id: 'a/b' }, 'id', 'a/b'],
    ['a key that does not exist', { ...scale, colour: 'red' }, 'the definition', 'colour'],
    [
      'a property twice',
      { ...scale, properties: [...scale.properties, ...scale.properties] },
      'properties.1.name',
      'weight',
    ],
    ['nothing at all', 7, 'the definition', ''],
  ])('with %s are refused, path and value named', async (_, input, path, value) => {
    const adding = room.connect.things.add(input, 'database')
    await expect(adding).rejects.toMatchObject({ code: 'IW_CONNECT_INVALID_THING' })
    const { message } = (await adding.catch((error: unknown) => error)) as Error
    expect(message).toContain(path)
    expect(message).toContain(value)
    expect(room.connect.things.list()).toEqual([])
  })

  it('never show what stands in a connection in an error', async () => {
    const connection = { protocol: 5, password: 'secret' }
    const { message } = (await room.connect.things
      .add({ ...scale, connection }, 'database')
      .catch((e: unknown) => e)) as Error
    expect(message).toContain('connection.protocol')
    expect(message).not.toContain('secret')
  })

  it('of an unknown protocol or refused by the driver are not kept', async () => {
    const unknown = { ...boiler, connection: { protocol: 'telex' } }
    await expect(room.connect.things.add(unknown, 'database')).rejects.toMatchObject({
      code: 'IW_CONNECT_UNKNOWN_PROTOCOL',
      message: expect.stringContaining('memory'),
    })
    const bad = { ...boiler, connection: { protocol: 'memory', host: 'bad' } }
    await expect(room.connect.things.add(bad, 'database')).rejects.toMatchObject({ code: 'IW_CONNECT_INVALID_THING' })
    expect(room.connect.things.list()).toEqual([])
  })

  it('cannot be added twice, also when both are added at once', async () => {
    const both = await Promise.allSettled([
      room.connect.things.add(scale, 'database'),
      room.connect.things.add(scale, 'database'),
    ])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(both[1]).toMatchObject({ reason: { code: 'IW_CONNECT_THING_EXISTS' } })
  })

  it('are replaced on the version read, and on no other', async () => {
    await room.connect.things.add(boiler, 'database')
    const changed = { ...boiler, title: { en: 'Old boiler' } }
    expect(await room.connect.things.replace('boiler', changed, 1)).toMatchObject({
      version: 2,
      title: { en: 'Old boiler' },
    })
    await expect(room.connect.things.replace('boiler', boiler, 1)).rejects.toMatchObject({ code: 'IW_CONNECT_VERSION' })
    await expect(room.connect.things.replace('nobody', { ...boiler, id: 'nobody' }, 1)).rejects.toMatchObject({
      code: 'IW_CONNECT_UNKNOWN_THING',
    })
    room = await room.restart()
    expect(room.connect.things.get('boiler')).toMatchObject({ version: 2, title: { en: 'Old boiler' } })
  })

  it('are opened anew when replaced, after the old connection has ended', async () => {
    await room.connect.things.add(boiler, 'database')
    await room.connect.things.replace('boiler', { ...boiler, title: 'Another' }, 1)
    await room.connect.things.remove('boiler')
    const { opened, stopped } = room.driver.machine('boiler')
    expect([opened, stopped]).toEqual([2, 2])
  })

  it('cannot change the type of a property that has readings', async () => {
    await room.connect.things.add(scale, 'database')
    const changed = { ...scale, properties: [{ name: 'weight', type: 'string' }] }
    await expect(room.connect.things.replace('scale', changed, 1)).rejects.toMatchObject({ code: 'IW_HISTORIAN_TYPE' })
    expect(room.connect.things.get('scale')).toMatchObject({ version: 1, properties: [{ type: 'number' }] })
  })

  it('leave their readings when they are removed, and their connection ends', async () => {
    await room.connect.things.add(boiler, 'database')
    await room.driver.machine('boiler').set('temperature', 50)
    const tag = room.connect.things.tag('boiler', 'temperature')!
    await room.connect.things.remove('boiler')
    expect(room.connect.things.get('boiler')).toBeUndefined()
    expect(room.connect.things.status('boiler')).toBeUndefined()
    expect(room.connect.things.tag('boiler', 'temperature')).toBeUndefined()
    expect(room.driver.machine('boiler').stopped).toBe(1)
    expect(room.historian.last(tag.id)).toMatchObject({ value: 50 })
    expect(await room.connect.things.add(boiler, 'database')).toMatchObject({ version: 1 })
    expect(room.connect.things.tag('boiler', 'temperature')).toEqual(tag)
  })

  it('announce themselves on the bus and in the event log', async () => {
    const seen: string[] = []
    room.bus.on('thing.added', ({ id }) => seen.push(`+${id}`))
    room.bus.on('thing.changed', ({ id, version }) => seen.push(`${id}@${version}`))
    room.bus.on('thing.removed', ({ id }) => seen.push(`-${id}`))
    await room.connect.things.add(scale, 'database')
    await room.connect.things.replace('scale', scale, 1)
    await room.connect.things.remove('scale')
    expect(seen).toEqual(['+scale', 'scale@2', '-scale'])
    expect(room.events.map(({ kind }) => kind)).toEqual(['thing.added', 'thing.removed'])
  })

  it('keep to the limits on things and properties', async () => {
    await room.end()
    room = await openRoom({ limits: { things: 2, properties: 3 } })
    await room.connect.things.add({ ...scale, id: 'a' }, 'database')
    const three = { id: 'b', properties: ['x', 'y', 'z'].map((name) => ({ name, type: 'number' })) }
    await expect(room.connect.things.add(three, 'database')).rejects.toMatchObject({ code: 'IW_CONNECT_TOO_MANY' })
    await room.connect.things.add({ ...scale, id: 'c' }, 'database')
    await expect(room.connect.things.add({ ...scale, id: 'd' }, 'database')).rejects.toMatchObject({
      code: 'IW_CONNECT_TOO_MANY',
    })
  })

  it('of the settings are read-only and shadow a stored one of the same id until they go', async () => {
    await room.connect.things.add(boiler, 'database')
    room = await room.restart({ settingsThings: [{ ...boiler, title: 'From the file' }] })
    expect(room.connect.things.get('boiler')).toMatchObject({ origin: 'settings', title: { en: 'From the file' } })
    await expect(room.connect.things.remove('boiler')).rejects.toMatchObject({ code: 'IW_CONNECT_READ_ONLY_SOURCE' })
    await expect(room.connect.things.replace('boiler', boiler, 1)).rejects.toMatchObject({
      code: 'IW_CONNECT_READ_ONLY_SOURCE',
    })
    room = await room.restart()
    expect(room.connect.things.get('boiler')).toMatchObject({ origin: 'database', title: { en: 'Boiler' } })
  })

  it('of the settings that are not valid are left aside; the others run', async () => {
    room = await room.restart({ settingsThings: [{ id: 'broken' }, boiler] })
    expect(room.connect.things.list().map(({ id }) => id)).toEqual(['boiler'])
  })

  it('whose driver refuses them or throws show why, and do not stop the others', async () => {
    const bad = { ...boiler, id: 'bad', connection: { protocol: 'memory', host: 'bad' } }
    const defect = { ...boiler, id: 'defect', connection: { protocol: 'memory', host: 'explode' } }
    room = await room.restart({ settingsThings: [bad, defect, boiler] })
    expect(room.connect.things.status('bad')).toMatchObject({
      state: 'failing',
      error: { code: 'IW_CONNECT_INVALID_THING' },
    })
    expect(room.connect.things.status('defect')).toMatchObject({ state: 'failing', error: { code: 'IW_KERNEL_BUG' } })
    expect(room.connect.things.status('boiler')).toMatchObject({ state: 'answering' })
    await expect(room.connect.things.remove('bad')).rejects.toMatchObject({ code: 'IW_CONNECT_READ_ONLY_SOURCE' })
  })
})

describe('a thing made from a profile', () => {
  let room: Room
  beforeEach(async () => {
    room = await openRoom()
    const folder = join(room.folder, 'profiles', 'acme')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'boiler.yaml'), profile)
    writeFileSync(join(folder, 'broken.yaml'), 'id: acme/other\ntitle: [')
  })
  afterEach(async () => room.end())

  const profile = `
id: acme/boiler
title: { en: Boiler 9000, zh: 锅炉 }
maker: Acme
source: { provenance: made up, licence: Apache-2.0 }
connection: { protocol: memory, unit: 3 }
properties:
  - { name: temperature, type: number, unit: Cel, normal: { min: 40, max: 80 } }
  - { name: pressure, type: number, unit: bar }
vectors:
  - memory: { "holding:1": [1, 2] }
    expect: { temperature: 1 }
`

  it('has its properties, with its own address, title and changes', async () => {
    const thing = await room.connect.things.add(
      {
        profile: 'acme/boiler',
        id: 'b1',
        area: 'Cellar',
        connection: { host: '10.0.0.7' },
        properties: [
          { name: 'temperature', normal: { min: 50, max: 90 } },
          { name: 'draught', type: 'number', unit: 'Pa' },
        ],
      },
      'database',
    )
    expect(thing).toMatchObject({
      profile: 'acme/boiler',
      title: { en: 'Boiler 9000', zh: '锅炉' },
      area: { en: 'Cellar' },
      connection: { protocol: 'memory', unit: 3, host: '10.0.0.7' },
      properties: [
        { name: 'temperature', unit: 'Cel', normal: { min: 50, max: 90 } },
        { name: 'pressure', unit: 'bar' },
        { name: 'draught', unit: 'Pa' },
      ],
    })
  })

  it('can be sent back changed as it was read: nothing that was taken out comes back', async () => {
    const {
      origin: _o,
      version,
      createdAt: _c,
      ...definition
    } = await room.connect.things.add({ profile: 'acme/boiler', id: 'b1' }, 'database')
    const less = { ...definition, properties: definition.properties.slice(0, 1) }
    expect((await room.connect.things.replace('b1', less, version)).properties).toHaveLength(1)
  })

  it('of a profile that does not exist, or a path that leaves the folder, is refused', async () => {
    for (const name of ['acme/nothing', '../../etc/passwd', 'acme/broken'])
      await expect(room.connect.things.add({ profile: name, id: 'x' }, 'database')).rejects.toMatchObject({
        code: 'IW_CONNECT_UNKNOWN_PROFILE',
      })
  })

  it('is read beforehand, so that a list later costs nothing', () => {
    room.clock.advance(10_000)
    rmSync(join(room.folder, 'profiles', 'acme', 'boiler.yaml'))
    expect(room.connect.profiles.get('acme/boiler')).toMatchObject({ maker: 'Acme' })
  })

  it('is offered in a list that leaves broken files out', () => {
    expect(room.connect.profiles.list().map(({ id }) => id)).toEqual(['acme/boiler'])
  })
})
