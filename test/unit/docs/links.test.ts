import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { blocksOf, exists, pages, proseOf, root } from './pages.ts'

describe('the pages', () => {
  it('are found', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/guide/first-steps.md']))
  })

  it.each(pages)('%s: every relative link and picture leads to a file', (page) => {
    const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!.split('#')[0]!)
    const relative = targets.filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    expect(relative.filter((target) => !exists(dirname(page), decodeURI(target)))).toEqual([])
  })

  // What a room's README names is looked for in the room first.
  it.each(pages)('%s: every file of the repository it names is there', (page) => {
    const named = [...proseOf(page).matchAll(/`((?:src|docs|test|console|scripts|profiles|bench)\/[\w./-]*)`/g)]
    const missing = named.map(([, path]) => path!).filter((path) => !exists(path) && !exists(dirname(page), path))
    expect(missing).toEqual([])
  })

  it.each(pages)('%s: every npm script it names exists', (page) => {
    const text = `${proseOf(page)}\n${blocksOf(page)
      .map(({ code }) => code)
      .join('\n')}`
    const named = [...text.matchAll(/\bnpm (?:run (?:-s |--silent )?([\w:]+)|(test|start)\b)/g)]
    const missing = named.map(([, script, short]) => script ?? short!).filter((name) => !(name in packageJson.scripts))
    expect(missing, join(root, page)).toEqual([])
  })
})
