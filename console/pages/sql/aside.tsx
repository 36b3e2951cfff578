import { plant } from '../../lib/instance.ts'
import { isNumeric } from '../../lib/machines.ts'
import type { LiveProperty } from '../../lib/plant.ts'
import { type ExampleSubjects, exampleNames, exampleSql, type SqlTableName, sqlTables } from '../../lib/sql/examples.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { sqlHistory } from './use-question.ts'

/** Ten questions about machines of this plant. */
export function Examples({ onTake }: { onTake: (sql: string) => void }) {
  const t = words('sql')
  const zone = plant.system.value?.zone ?? 'UTC'
  return (
    <Card id="examples" title={t.examples}>
      <div class="body">
        <ul class="steps s">
          {exampleNames.map((name) => (
            <li key={name}>
              <button
                type="button"
                class="link clip"
                data-row
                onClick={() => onTake(exampleSql(name, subjectsOf(plant.things.peek() ?? []), zone))}
              >
                {t.exampleTitles[name]}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}

/** Properties the examples can be about; names of no machine where there is none yet. */
function subjectsOf(things: readonly { readonly properties: readonly LiveProperty[] }[]): ExampleSubjects {
  const all = things.flatMap(({ properties }) => properties)
  const numbers = all.filter(isNumeric)
  const name = (property: LiveProperty | undefined) => ({
    thing: property?.thing ?? 'press-1',
    property: property?.definition.name ?? 'force',
  })
  const leading = numbers.filter(({ definition }) => definition.leading)
  const [first, second] = leading.length > 1 ? leading : numbers
  return {
    number: name(first),
    second: name(second),
    counter: name(numbers.find(({ definition }) => definition.type === 'integer') ?? first),
    state: name(all.find(({ definition }) => definition.type === 'string')),
  }
}

/** Tables and columns; a click puts the name into the question. */
export function Tables({ onInsert }: { onInsert: (name: string) => void }) {
  const t = words('sql')
  return (
    <Card id="tables" title={t.tables}>
      <div class="body stack tables">
        {(Object.keys(sqlTables) as SqlTableName[]).map((table) => (
          <div key={table}>
            <h3 class="s">
              <button type="button" class="link mono" aria-label={t.insert(table)} onClick={() => onInsert(table)}>
                {table}
              </button>{' '}
              <span class="quiet xs">{t.tableHints[table]}</span>
            </h3>
            <p class="row wrap columns">
              {sqlTables[table].map((column) => (
                <button
                  key={column}
                  type="button"
                  class="name mono"
                  aria-label={t.insert(column)}
                  onClick={() => onInsert(column)}
                >
                  {column}
                </button>
              ))}
            </p>
          </div>
        ))}
      </div>
    </Card>
  )
}

/** What was asked in this browser, newest first. */
export function History({ onTake }: { onTake: (sql: string) => void }) {
  const t = words('sql')
  const asked = sqlHistory.asked.value
  return (
    <Card
      id="history"
      title={t.history}
      actions={
        asked.length > 0 && (
          <button type="button" class="btn small end" onClick={() => sqlHistory.clear()}>
            {t.forget}
          </button>
        )
      }
    >
      <div class="body">
        {asked.length === 0 && <p class="s soft">{t.noHistory}</p>}
        <ul class="steps s">
          {asked.map((sql) => (
            <li key={sql}>
              <button type="button" class="link clip mono" title={sql} data-row onClick={() => onTake(sql)}>
                {sql.replace(/\s+/g, ' ')}
              </button>
            </li>
          ))}
        </ul>
        <p class="xs quiet saved-note">{t.historyHere}</p>
      </div>
    </Card>
  )
}
