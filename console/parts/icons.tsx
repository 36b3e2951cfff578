/** 16 px, stroke 1.4, currentColor; always beside a word, or inside a button that has a label. */
const paths = {
  home: 'M2.5 7.5 8 3l5.5 4.5V13H10V9.5H6V13H2.5z',
  explore: 'M2 13.500h12M2.500 10.500l3-4 3 2.500 5-6',
  zoom: 'M3 7a4 4 0 1 0 8 0 4 4 0 1 0-8 0M10 10l3.500 3.500M5.500 7h3M7 5.500v3',
  book: 'M8 4.5C6.500 3.300 4.500 3 2.500 3v9c2 0 4 .3 5.500 1.500 1.500-1.200 3.500-1.500 5.500-1.500V3c-2 0-4 .3-5.500 1.500zM8 4.500v9',
  pulse: 'M3 8h2l1.500-4 3 8L11 8h2',
  search: 'M3 7a4 4 0 1 0 8 0 4 4 0 1 0-8 0M10 10l3.500 3.500',
  earlier: 'M10 3.500 5.500 8 10 12.500',
  later: 'M6 3.500 10.500 8 6 12.500',
  clock: 'M2.500 8a5.500 5.500 0 1 0 11 0 5.500 5.500 0 1 0-11 0M8 5v3l2 1.500',
  moon: 'M12.500 9.500A5 5 0 0 1 6.500 3.500a5 5 0 1 0 6 6z',
  sun: 'M5.200 8a2.800 2.800 0 1 0 5.600 0 2.800 2.800 0 1 0-5.600 0M8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M12.600 3.400l-1 1M4.400 11.600l-1 1',
  plus: 'M8 3v10M3 8h10',
  check: 'M3 8.500 6.500 12 13 4.500',
  cross: 'M4 4l8 8M12 4l-8 8',
  pen: 'M3 13l.7-3L11 2.800 13.200 5 6 12.300z',
  cut: 'M2.500 8h3.500M10 8h3.500M7 5.500v5M9 5.500v5',
  bars: 'M3.500 6h9M3.500 10h9',
  beyond: 'M3 3.500v9M13 3.500v9M6 8h5M9 5.800 11.200 8 9 10.200',
  empty: 'M3.500 8a4.500 4.500 0 1 0 9 0 4.500 4.500 0 1 0-9 0M4.800 11.200l6.400-6.400',
  swap: 'M3 5.500h10L10.500 3M13 10.500H3L5.500 13',
  more: 'M3 7.500h1v1H3zM7.500 7.500h1v1h-1zM12 7.500h1v1h-1z',
  up: 'M8 12.500v-9M4.500 7 8 3.500 11.500 7',
  down: 'M8 3.500v9M4.500 9 8 12.500 11.500 9',
  sliders:
    'M2.500 5h6M11.500 5h2M2.500 11h2M7.500 11h6M8.500 5a1.500 1.500 0 1 0 3 0 1.500 1.500 0 1 0-3 0M4.500 11a1.500 1.500 0 1 0 3 0 1.500 1.500 0 1 0-3 0',
  disk: 'M2.500 4.500C2.500 3.400 5 2.500 8 2.500s5.500.9 5.500 2-2.500 2-5.500 2-5.500-.9-5.500-2zM2.500 4.500v7c0 1.100 2.500 2 5.500 2s5.500-.9 5.500-2v-7M2.500 8c0 1.100 2.500 2 5.500 2s5.500-.9 5.500-2',
  screen: 'M2 3h12v8H2zM6 13.500h4',
  power: 'M8 2.500v5M4.800 4.500a4.800 4.800 0 1 0 6.400 0',
  copy: 'M5.500 5.500h7.500V13H5.500zM3 10.500V3h7.500',
  save: 'M8 2.500V10M5 7.200 8 10l3-2.800M3 12.500v1h10v-1',
  bin: 'M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.5 9h6l.5-9',
  question: 'M5.500 6a2.500 2.500 0 1 1 3.600 2.200C8.300 8.600 8 9 8 9.800M8 12.300h.01',
  table: 'M2.500 3.500h11v9h-11zM2.500 6.500h11M6 6.500v6',
  keyboard: 'M1.500 4.500h13v7h-13zM4 7h.01M6.500 7h.01M9 7h.01M11.500 7h.01M5 9.500h6',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="i" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

/** The mark of Interwork: two works, interlocked. */
export function Mark() {
  return (
    <svg viewBox="0 0 22 22" aria-hidden="true">
      <path d="M2 5h8v5h10v7h-8v-5H2z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" />
    </svg>
  )
}
