/** Types of values, in the words of the W3C Thing Description. `integer` is exact over 64 bits; `string` carries texts and states. */
export type ValueType = 'number' | 'integer' | 'boolean' | 'string'

/** A dense int32, never reused. */
export type TagId = number

/** What a tag is defined as. `thing` and `property` identify it; `type` is fixed for ever; the unit is a UCUM code. */
export interface TagDefinition {
  readonly thing: string
  readonly property: string
  readonly type: ValueType
  readonly unit?: string
}

/** A (thing, property) with its id: what a reading belongs to. */
export interface Tag extends TagDefinition {
  readonly id: TagId
}
