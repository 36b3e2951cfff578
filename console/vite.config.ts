import { defineConfig } from 'vite'

/**
 * The console is static: hashed files under /assets, served by the instance. The floor is Chromium 109 and Firefox
 * ESR 115, the last browsers of the Windows 7 panels still found in plants (GUIDE: floor).
 */
export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: ['chrome109', 'firefox115'],
    modulePreload: { polyfill: false },
    // Icons and glyphs are drawn in the markup; nothing is worth a data: address, and the content policy forbids them.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { port: 7171, proxy: { '/api': 'http://127.0.0.1:7070', '/metrics': 'http://127.0.0.1:7070' } },
})
