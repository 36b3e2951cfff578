import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app.tsx'
import { startClock } from './lib/clock.ts'
import { reloadHistory, startHistory } from './lib/history.ts'
import { startInstance } from './lib/instance.ts'
import { startKeys } from './lib/keys.ts'
import { startPreferences } from './lib/preferences.ts'
import { startRouter } from './lib/router.ts'
import { openPage } from './pages/pages.ts'
import './styles/tokens.css'
import './styles/parts.css'
import './styles/console.css'

// In the order of what depends on what: the address, how it is shown, what is known, what is drawn.
startRouter()
startPreferences()
startClock()
startKeys()
startInstance(reloadHistory)
startHistory()
effect(openPage)
render(<App />, document.getElementById('app')!)
