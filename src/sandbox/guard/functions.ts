/*
 * What SQL of users may call: functions that take values and return values. Not here, and therefore refused, is whatever reads
 * or writes files, settings, variables or other SQL (`read_…`, `glob`, `getenv`, `current_setting`, `query`, `write_log`,
 * `json_serialize_…`), waits (`sleep_ms`), or makes a value of any size out of a number (`repeat`, `printf`, `lpad`, `bar`).
 */
const operators = '!__postfix !~~ !~~* % & && * ** + - ->> / // <-> << <=> <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~ ->'

const numeric = `abs acos acosh add asin asinh atan atan2 atanh bin bit_count cbrt ceil ceiling cos cosh cot degrees divide
  even exp factorial fdiv floor fmod gamma gcd greatest greatest_common_divisor hex isfinite isinf isnan lcm
  least_common_multiple least lgamma ln log log10 log2 mod multiply nextafter pi pow power radians random round round_even
  roundbankers sign signbit sin sinh sqrt subtract tan tanh trunc xor nullif equi_width_bins is_histogram_other_bin`

const text = `ascii bit_length char_length character_length chr concat concat_ws contains damerau_levenshtein editdist3
  ends_with format_bytes formatreadablesize formatreadabledecimalsize from_base64 from_hex hamming hash ilike_escape instr
  jaccard jaro_similarity jaro_winkler_similarity lcase left len length length_grapheme levenshtein like_escape lower ltrim
  md5 mismatches nfc_normalize not_ilike_escape not_like_escape octet_length ord position prefix regexp_escape
  regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array replace reverse
  right rtrim sha1 sha256 split split_part starts_with str_split str_split_regex string_split string_split_regex
  string_to_array strip_accents strlen strpos substr substring suffix to_base64 to_hex translate trim ucase unhex unicode
  upper url_decode url_encode overlay encode decode base64 typeof`

const time = `age ago century current_date current_localtime current_localtimestamp current_timestamp date_add date_diff
  date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear
  days_in_month decade epoch epoch_ms epoch_ns epoch_us era get_current_time get_current_timestamp hour isodow isoyear julian
  last_day make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium
  millisecond minute month monthname nanosecond normalized_interval now quarter second strftime strptime time_bucket timezone
  timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds
  to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years today transaction_timestamp try_strptime week
  weekday weekofyear year yearweek`

const aggregates = `any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_min
  arg_min_null argmax argmin array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star countif
  covar_pop covar_samp entropy favg first fsum geomean geometric_mean group_concat grouping histogram histogram_exact
  kahan_sum kurtosis kurtosis_pop last list listagg mad max max_by mean median min min_by mode product quantile
  quantile_cont quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
  reservoir_quantile sem skewness stddev stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp
  variance wavg weighted_avg`

const windows = `cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense
  row_number`

const lists = `apply array_append array_cat array_concat array_contains array_distinct array_extract array_has array_has_all
  array_has_any array_indexof array_intersect array_length array_position array_prepend array_reverse array_slice array_sort
  array_to_string array_unique array_value array_where array_zip cardinality element_at filter flatten generate_subscripts
  grade_up list_aggr list_aggregate list_any_value list_append list_apply list_avg list_cat list_concat list_contains
  list_count list_distance list_distinct list_dot_product list_element list_extract list_filter list_first list_grade_up
  list_has list_has_all list_has_any list_indexof list_inner_product list_intersect list_last list_max list_median list_min
  list_mode list_pack list_position list_prepend list_product list_reduce list_reverse list_reverse_sort list_select
  list_slice list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum list_transform list_unique list_value
  list_var_pop list_var_samp list_where list_zip map map_concat map_contains map_entries map_extract map_extract_value
  map_from_entries map_keys map_values reduce row struct_concat struct_extract struct_extract_at struct_insert struct_keys
  struct_pack struct_values unnest json_array json_array_length json_extract json_extract_string json_keys json_object
  json_type json_valid json_value to_json row_to_json json_group_array json_group_object`

const words = (lines: string): readonly string[] => lines.split(/\s+/).filter((word) => word !== '')

/** Scalar functions, aggregates and window functions that are allowed, in lower case. */
export const allowedFunctions: ReadonlySet<string> = new Set(
  [operators, numeric, text, time, aggregates, windows, lists].flatMap(words),
)

/** Functions that may stand where a table does. */
export const allowedTableFunctions: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest'])
