/** The shapes of the API: types only, so that nothing of the server reaches the browser. */
export type {
  AggregatePage,
  BackupList,
  BackupView,
  CommandList,
  CommandView,
  ConnectionStatusView,
  EventList,
  ImportPage,
  JobList,
  JobView,
  LiveMessage,
  PlantEventView,
  Problem,
  ProfileList,
  PropertyView,
  ReadingPage,
  SimilarPage,
  SqlAnswerView,
  StatePage,
  StorageView,
  SystemView,
  ThingList,
  ThingView,
  TrendPage,
} from '#http'

import type { LiveMessage, PropertyView, ThingView } from '#http'

export type LastReading = NonNullable<PropertyView['last']>
export type Value = LastReading['value']
export type QualityName = LastReading['quality']
export type LocalText = ThingView['title']
export type MachineView = ThingView['machine']
export type ReadingTuple = Extract<LiveMessage, { type: 'readings' }>['readings'][number]
