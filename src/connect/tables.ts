/** The tables of this room in the state database. Times are µs as decimal text, values and definitions JSON as text. */
export interface ConnectTables {
  connect_thing: {
    id: string
    origin: 'database' | 'ingest'
    version: number
    created_at: string
    definition: string
  }
  connect_command: {
    id: string
    thing: string
    property: string
    value: string
    principal: string
    reason: string | null
    requested_at: string
    outcome: 'pending' | 'done' | 'refused' | 'failed' | 'unknown'
    code: string | null
    message: string | null
    previous: string | null
    read_back: string | null
    finished_at: string | null
  }
  connect_event: {
    id: string
    at: string
    kind: string
    thing: string | null
    detail: string
  }
  connect_import: {
    id: string
    fingerprint: string
    state: string
    body: string
  }
  connect_import_rejected: {
    import: string
    line: number
    body: string
  }
}
