import { apiPrefix, systemView } from '../contract.ts'
import { route } from '../route.ts'

export const getSystem = route({
  method: 'GET',
  path: `${apiPrefix}/system`,
  summary: 'What this instance is and how it is doing',
  right: 'system.read',
  reply: systemView,
  handle({ principal }, { system, historian, live, measures, clock }) {
    const { title, protocols, ...facts } = system()
    const status = historian.status()
    return {
      ...facts,
      title,
      protocols: [...protocols],
      node: process.versions.node,
      now: clock.now(),
      principal: { id: principal.id, name: principal.name },
      ...measures.process(),
      live: live.counters(),
      historian: {
        ...status,
        storage: { ...status.storage, quarantine: [...status.storage.quarantine] },
        recovery: { ...status.recovery, setAside: [...status.recovery.setAside] },
      },
    }
  },
})
