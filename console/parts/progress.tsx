/** First load: grey blocks of the final size, so that nothing jumps when the values come. */
export function Blocks({ heights, label }: { heights: readonly number[]; label: string }) {
  return (
    <div class="stack" role="status" aria-label={label}>
      {heights.map((height, index) => (
        <div key={index} class="card block" style={{ height: `${height}rem` }} />
      ))}
    </div>
  )
}

interface BarProps {
  readonly label: string
  readonly done: number
  /** Where it is not known the bar says only that something goes on. */
  readonly total?: number | undefined
  readonly text: string
}

/** How far work is: a bar with count. */
export function Bar({ label, done, total, text }: BarProps) {
  return (
    <div class="bar-row">
      <div class="row s">
        <span>{label}</span>
        <span class="end num quiet">{text}</span>
      </div>
      <progress
        aria-label={label}
        {...(total !== undefined && total > 0 && { value: Math.min(done, total), max: total })}
      />
    </div>
  )
}
