/** What a listener failing is reported to; a listener that throws never stops the others. */
export type ListenerFailure = (event: string, error: unknown) => void

/**
 * A typed, synchronous, in-process bus. `Events` maps each event's name to its payload, so the map is the whole story of
 * what the parts say to each other.
 */
export class Bus<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>()
  readonly #failed: ListenerFailure

  constructor(failed: ListenerFailure = () => {}) {
    this.#failed = failed
  }

  /** Registers a listener; the function returned removes it. */
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, set)
    set.add(listener)
    return () => set.delete(listener)
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    const set = this.#listeners.get(name)
    if (!set) return
    for (const listener of set) {
      try {
        listener(payload as never)
      } catch (error) {
        this.#failed(String(name), error)
      }
    }
  }
}
