/** A row of `cutover.event e` as its exact stored text; order by `e.position`, which is the number. */
export const EVENT_COLUMNS =
  'cutover, position::text, type, version::text, at_ms::text, actor, key, data, previous, hash'

/** The log's clock in milliseconds, also in the middle of a transaction. */
export const NOW_MS = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint'
