import { plant } from '../../lib/instance.ts'
import { hrefOf } from '../../lib/router.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Icon } from '../../parts/icons.tsx'

/** The likely next steps, ticked off by facts. */
export function NextSteps() {
  const t = words('home')
  const things = plant.things.value ?? []
  const steps = [
    {
      text: t.stepSee,
      done: things.some(({ properties }) => properties.some(({ last }) => last.value)),
      href: undefined,
    },
    {
      text: t.stepAdd,
      done: things.some(({ view }) => view.origin === 'database'),
      href: hrefOf('/', { dialog: 'add' }),
    },
    { text: t.stepRead, done: false, href: '/api/docs' },
    { text: t.stepWall, done: false, href: hrefOf('/', { view: 'wall' }) },
  ]
  return (
    <Card id="next" title={t.whatNext}>
      <div class="body">
        <ul class="steps">
          {steps.map(({ text, done, href }, index) => (
            <li key={text}>
              <span class={`n num${done ? ' done' : ''}`}>{done ? <Icon name="check" /> : index + 1}</span>
              {done || href === undefined ? (
                <span class="soft">
                  {text}
                  {done && <span class="vh">{t.done}</span>}
                </span>
              ) : (
                <a href={href}>{text}</a>
              )}
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}
