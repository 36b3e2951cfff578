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
