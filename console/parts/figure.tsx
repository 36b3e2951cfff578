interface FigureProps {
  readonly label: string
  readonly value: string
  readonly unit?: string
  readonly note: string
  /** Something like 0–1 that a bar can show; left out where nothing bounds the figure. */
  readonly share?: number
}

/** One figure of a strip: label, number with unit, where it lies, what it means. */
export function Figure({ label, value, unit, note, share }: FigureProps) {
  return (
    <div>
      <div class="lab">{label}</div>
      <span class="val">
        {value}
        {unit && <span class="unit">{unit}</span>}
      </span>
      {share !== undefined && (
        <div class="bb" aria-hidden="true">
          <span class="at" style={{ left: `${Math.min(100, Math.max(0, share * 100))}%` }} />
        </div>
      )}
      <div class="sub">
        <span>{note}</span>
      </div>
    </div>
  )
}
