/**
 * The tables, in one database. They are made where they are missing and never altered: who runs a cluster makes them
 * beforehand with the engine `Replicated…` of the same name, and with a retention (TTL) of their own.
 *
 * - `readings`: one row for a (tag, time); of several the one with the greatest `seq` wins, at the latest when it is read
 *   (FINAL). `arrived` is when it came in, `seq` the number of the insert it came with. NaN: no number.
 * - `marks`: the high-water mark of every source that counts its batches.
 * - `last_readings`: the newest reading of each tag as of the insert that `facts` names; what came later is read from
 *   `readings` at start.
 * - `facts`: whose database it is, and counters.
 *
 * `fsync_after_insert`, `fsync_part_directory`: an insert is answered only once it is on the disk.
 */
export const createDatabase = (database: string): string => `CREATE DATABASE IF NOT EXISTS \`${database}\``

const durable = 'fsync_after_insert = 1, fsync_part_directory = 1'

export const createTables = (database: string): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS \`${database}\`.tags (
    tag Int32, thing String, property String, type String, unit Nullable(String), version UInt64
  ) ENGINE = ReplacingMergeTree(version) ORDER BY tag SETTINGS ${durable}`,
  `CREATE TABLE IF NOT EXISTS \`${database}\`.readings (
    tag Int32 CODEC(Delta, ZSTD(1)),
    time DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    value Float64 DEFAULT nan CODEC(Gorilla, ZSTD(1)),
    quality UInt8 CODEC(ZSTD(1)),
    arrived DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    text Nullable(String) CODEC(ZSTD(1)),
    integer Nullable(Int64) CODEC(Delta, ZSTD(1)),
    seq UInt64 CODEC(DoubleDelta, ZSTD(1)),
    INDEX seq_range seq TYPE minmax GRANULARITY 1
  ) ENGINE = ReplacingMergeTree(seq) PARTITION BY toYYYYMM(time) ORDER BY (tag, time) SETTINGS ${durable}`,
  `CREATE TABLE IF NOT EXISTS \`${database}\`.marks (source String, sequence UInt64)
   ENGINE = ReplacingMergeTree(sequence) ORDER BY source SETTINGS ${durable}`,
  `CREATE TABLE IF NOT EXISTS \`${database}\`.last_readings (
    tag Int32,
    time Float64, arrived Float64, value Float64, quality UInt8, text Nullable(String), integer Nullable(Int64),
    good_time Nullable(Float64), good_value Float64, good_text Nullable(String), good_integer Nullable(Int64),
    seq UInt64
  ) ENGINE = ReplacingMergeTree(seq) ORDER BY tag SETTINGS ${durable}`,
  `CREATE TABLE IF NOT EXISTS \`${database}\`.facts (name String, at UInt64, text String)
   ENGINE = MergeTree ORDER BY (name, at) SETTINGS ${durable}`,
]
