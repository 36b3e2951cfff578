import { docsPage } from '../openapi/page.ts'
import { docsStyle } from '../openapi/page-style.ts'
import { route } from '../route.ts'

export const getDocs = route({
  method: 'GET',
  path: '/api/docs',
  summary: 'This API as a page to read',
  right: 'none',
  reply: { media: 'text/html', description: 'a page without scripts' },
  handle: (_, { document }, answer) => answer.type('text/html; charset=utf-8').send(docsPage(document())),
})

export const getDocsStyle = route({
  method: 'GET',
  path: '/api/docs.css',
  summary: 'The style of the page',
  right: 'none',
  reply: { media: 'text/css', description: 'style sheet' },
  handle: (_, __, answer) => answer.type('text/css; charset=utf-8').send(docsStyle),
})
