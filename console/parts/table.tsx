// biome-ignore-all lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
// biome-ignore-all lint/a11y/useSemanticElements: a box that scrolls is a region, and no section of the page
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type RowWindow, rowWindow, virtualAbove } from '../lib/row-window.ts'
import { Icon } from './icons.tsx'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** Numbers align right. */
  readonly numeric?: boolean
  /** Dropped on a phone. */
  readonly minor?: boolean
  readonly sortable?: boolean
  cell(row: Row): ComponentChildren
}

export interface Sorting {
  readonly key: string
  readonly descending: boolean
}

interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  keyOf(row: Row): string
  readonly sorting?: Sorting | undefined
  readonly onSort?: (sorting: Sorting | undefined) => void
  readonly sortLabel?: (title: string) => string
  readonly isSelected?: (row: Row) => boolean
  /** Stands in a box of bounded height that scrolls by itself, however many rows there are. */
  readonly boxed?: boolean
  /** Says how to get rows, where there are none. */
  readonly empty: ComponentChildren
}

/** Sticky head, the first column is the row's header; over 200 rows only what is near is drawn. */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, keyOf, isSelected, boxed, empty } = props
  const scroll = useRef<HTMLDivElement>(null)
  const window = useWindow(scroll, rows.length)
  return (
    <div
      class={`scroll${boxed || rows.length > virtualAbove ? ' tall' : ''}`}
      ref={scroll}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <table aria-rowcount={rows.length > virtualAbove ? rows.length + 1 : undefined}>
        <Head {...props} />
        <tbody>
          <Filler height={window.above} columns={columns.length} />
          {rows.slice(window.first, window.last).map((row, index) => (
            <tr
              key={keyOf(row)}
              class={isSelected?.(row) ? 'on' : undefined}
              aria-rowindex={rows.length > virtualAbove ? window.first + index + 2 : undefined}
            >
              {columns.map((column, at) => (
                <Cell key={column.key} column={column} first={at === 0}>
                  {column.cell(row)}
                </Cell>
              ))}
            </tr>
          ))}
          <Filler height={window.below} columns={columns.length} />
          {rows.length === 0 && (
            <tr>
              <td class="wide quiet" colSpan={columns.length}>
                {empty}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

function Cell<Row>({ column, first, children }: { column: Column<Row>; first: boolean; children: ComponentChildren }) {
  const name = `${column.numeric ? 'n' : ''}${column.minor ? ' lo' : ''}`.trim() || undefined
  return first ? (
    <th scope="row" class={name}>
      {children}
    </th>
  ) : (
    <td class={name}>{children}</td>
  )
}

function Head<Row>({ columns, sorting, onSort, sortLabel }: TableProps<Row>) {
  return (
    <thead>
      <tr>
        {columns.map((column) => {
          const sorted = sorting?.key === column.key ? sorting : undefined
          const name = `${column.numeric ? 'n' : ''}${column.minor ? ' lo' : ''}`.trim() || undefined
          return (
            <th
              key={column.key}
              scope="col"
              class={name}
              aria-sort={sorted ? (sorted.descending ? 'descending' : 'ascending') : undefined}
            >
              {column.sortable && onSort ? (
                <button
                  type="button"
                  class="sort"
                  aria-label={sortLabel?.(column.title)}
                  onClick={() => onSort(nextSorting(column.key, sorted))}
                >
                  {column.title}
                  {sorted && <Icon name={sorted.descending ? 'down' : 'up'} />}
                </button>
              ) : (
                column.title
              )}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

/** Up, down, as it came. */
function nextSorting(key: string, present: Sorting | undefined): Sorting | undefined {
  if (!present) return { key, descending: false }
  return present.descending ? undefined : { key, descending: true }
}

function Filler({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null
  return (
    <tr class="filler">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  )
}

function useWindow(scroll: { current: HTMLDivElement | null }, count: number): RowWindow {
  const [top, setTop] = useState(0)
  useEffect(() => {
    const box = scroll.current
    if (!box || count <= virtualAbove) return
    let asked = 0
    const onScroll = () => {
      cancelAnimationFrame(asked)
      asked = requestAnimationFrame(() => setTop(box.scrollTop))
    }
    box.addEventListener('scroll', onScroll, { passive: true })
    return () => box.removeEventListener('scroll', onScroll)
  }, [count > virtualAbove])
  const row = scroll.current?.querySelector('tbody tr:not(.filler)')?.clientHeight ?? 32
  return rowWindow(count, row, top, scroll.current?.clientHeight ?? 640)
}
