// Theme, contrast, view and language before the first paint: by address, else as stored. lib/preferences.ts takes over.
;(() => {
  const asked = new URLSearchParams(location.search)
  const root = document.documentElement
  const stored = (key) => {
    try {
      return localStorage.getItem(`interwork.${key}`)
    } catch {
      return null
    }
  }
  for (const key of ['theme', 'contrast']) {
    const value = asked.get(key) ?? stored(key)
    if (value) root.dataset[key] = value
  }
  if (asked.get('view') === 'wall') root.dataset.view = 'wall'
  const language = asked.get('lang') ?? stored('lang') ?? navigator.language
  root.lang = language.startsWith('zh') ? 'zh-CN' : 'en'
})()
