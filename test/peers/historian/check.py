"""Reads what Interwork stores and answers with software of somebody else's, and compares with the API to the last bit.

check.py ENGINE SOURCE PLACE RANGES COUNT: ENGINE is pandas, polars or duckdb; SOURCE parts, export, arrow, csv or
parquet; PLACE a folder, or the address of the API. Prints one line of JSON."""

import bisect
import glob
import hashlib
import importlib
import io
import json
import struct
import sys
import tempfile
import urllib.request

NAMES = ["good", "substituted", "stale", "frozen", "out_of_range", "null", "comm_error"]


def none_of(value):
    """What the engine says for nothing: None, NaN or NA."""
    return value is None or value is getattr(sys.modules.get("pandas"), "NA", None) or value != value


def line(time, value, quality, integer, text):
    number = "" if none_of(value) else struct.pack(">d", float(value)).hex()
    whole = "" if none_of(integer) else str(int(integer))
    said = "" if none_of(text) else "'" + text
    return f"{time}|{number}|{quality}|{whole}|{said}\n"


class Stored:
    """All rows in memory, by key, in order of time."""

    def __init__(self, rows):
        self.by_key = {}
        for key, row in rows:
            self.by_key.setdefault(key, []).append(row)
        self.times = {key: [row[0] for row in rows] for key, rows in self.by_key.items()}
        for times in self.times.values():
            assert all(a < b for a, b in zip(times, times[1:])), "a time is there twice, or out of order"

    def ask(self, key, begin, end):
        times = self.times.get(key, [])
        return self.by_key.get(key, [])[bisect.bisect_left(times, begin) : bisect.bisect_left(times, end)]


class Pandas:
    def __init__(self):
        self.pd = importlib.import_module("pandas")
        self.pq = importlib.import_module("pyarrow.parquet")

    def rows(self, frame, keys):
        frame = frame[[*keys, "time", "value", "quality", "integer", "text"]]
        columns = [self.whole(frame[name]) if name == "time" else list(frame[name]) for name in frame.columns]
        for row in zip(*columns):
            yield (row[0] if len(keys) == 1 else tuple(row[: len(keys)])), row[len(keys) :]

    def whole(self, times):
        return [int(time) for time in times.astype("int64[pyarrow]")]

    def parts(self, folder):
        frames = []
        for file in sorted(glob.glob(folder + "/raw-*.parquet")):
            table = self.pq.read_table(file)
            frame = table.to_pandas(types_mapper=self.pd.ArrowDtype)
            frames.append(frame.assign(rank=int(table.schema.metadata[b"interwork.rank"])))
        frame = self.pd.concat(frames).sort_values(["tag", "time", "rank"]).drop_duplicates(["tag", "time"], keep="last")
        return self.rows(frame.assign(quality=frame.quality.map(lambda code: NAMES[code])), ["tag"])

    def export(self, folder):
        frame = self.pd.read_parquet(folder + "/readings", dtype_backend="pyarrow")
        return self.rows(frame.sort_values(["thing", "property", "time"]), ["thing", "property"])

    def arrow(self, data):
        return self.rows(self.pd.read_feather(io.BytesIO(data), dtype_backend="pyarrow"), ["thing", "property"])

    def parquet(self, data):
        return self.rows(self.pd.read_parquet(io.BytesIO(data), dtype_backend="pyarrow"), ["thing", "property"])

    def csv(self, data, type):
        # Without these pandas would read the quality "null" as nothing, and round doubles.
        kinds = {"quality": "str", "value": "float64" if type == "number" else "str"}
        frame = self.pd.read_csv(
            io.BytesIO(data), dtype=kinds, float_precision="round_trip", keep_default_na=False, na_values={"value": [""]} if type == "number" else {}
        )
        times = self.whole(self.pd.to_datetime(frame["time"], format="ISO8601").astype("timestamp[us, tz=UTC][pyarrow]"))
        return list(zip(times, frame["value"], frame["quality"]))


class Polars:
    def __init__(self):
        self.pl = importlib.import_module("polars")

    def rows(self, frame, keys):
        pl = self.pl
        frame = frame.select(
            *[pl.col(key).cast(pl.String) if key != "tag" else pl.col(key) for key in keys],
            pl.col("time").cast(pl.Int64),
            "value",
            pl.col("quality").cast(pl.String),
            "integer",
            "text",
        )
        for row in frame.iter_rows():
            yield (row[0] if len(keys) == 1 else tuple(row[: len(keys)])), row[len(keys) :]

    def parts(self, folder):
        pl = self.pl
        frames = []
        for file in sorted(glob.glob(folder + "/raw-*.parquet")):
            rank = int(pl.read_parquet_metadata(file)["interwork.rank"])
            frames.append(pl.read_parquet(file).with_columns(rank=pl.lit(rank)))
        frame = pl.concat(frames).sort("tag", "time", "rank").unique(["tag", "time"], keep="last", maintain_order=True)
        names = dict(enumerate(NAMES))
        return self.rows(frame.with_columns(quality=pl.col("quality").replace_strict(names, return_dtype=pl.String)), ["tag"])

    def export(self, folder):
        frame = self.pl.read_parquet(folder + "/readings/*.parquet")
        return self.rows(frame.sort("thing", "property", "time"), ["thing", "property"])

    def arrow(self, data):
        return self.rows(self.pl.read_ipc(io.BytesIO(data)), ["thing", "property"])

    def parquet(self, data):
        return self.rows(self.pl.read_parquet(io.BytesIO(data)), ["thing", "property"])

    def csv(self, data, type):
        pl = self.pl
        kinds = {"value": pl.Float64 if type == "number" else pl.String, "unit": pl.String}
        frame = pl.read_csv(io.BytesIO(data), schema_overrides=kinds)
        times = frame["time"].str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us").cast(pl.Int64)
        return list(zip(times, frame["value"], frame["quality"]))


class Duckdb:
    def __init__(self):
        self.con = importlib.import_module("duckdb").connect()

    def rows(self, source, keys, order):
        quality = "list_value(" + ", ".join(f"'{name}'" for name in NAMES) + ")[quality + 1]" if keys == ["tag"] else "quality"
        found = self.con.sql(
            f"SELECT {', '.join(keys)}, epoch_us(time), value, {quality}, integer, text FROM {source} ORDER BY {order}"
        )
        for row in found.fetchall():
            yield (row[0] if len(keys) == 1 else tuple(row[: len(keys)])), row[len(keys) :]

    def parts(self, folder):
        files = folder + "/raw-*.parquet"
        source = f"""(
            SELECT * FROM read_parquet('{files}', filename = 'file_name') JOIN (
                SELECT file_name, CAST(decode(value) AS BIGINT) AS rank FROM parquet_kv_metadata('{files}')
                WHERE decode(key) = 'interwork.rank') USING (file_name)
            QUALIFY row_number() OVER (PARTITION BY tag, time ORDER BY rank DESC) = 1)"""
        return self.rows(source, ["tag"], "tag, time")

    def export(self, folder):
        return self.rows(f"'{folder}/readings/*.parquet'", ["thing", "property"], "thing, property, time")

    def parquet(self, data):
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            file.write(data)
            file.flush()
            return list(self.rows(f"'{file.name}'", ["thing", "property"], "time"))

    def arrow(self, data):
        answer = importlib.import_module("pyarrow.ipc").open_file(data).read_all()
        self.con.register("answer", answer)
        return list(self.rows("answer", ["thing", "property"], "time"))

    def csv(self, data, type):
        kind = "DOUBLE" if type == "number" else "VARCHAR"
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            file.write(data)
            file.flush()
            return self.con.execute(
                f"""SELECT epoch_us(time), value, quality FROM read_csv('{file.name}', header = true, new_line = '\\r\\n', quote = '"',
                escape = '"', allow_quoted_nulls = false, parallel = false, columns = {{'time': 'TIMESTAMP', 'thing': 'VARCHAR',
                'property': 'VARCHAR', 'value': '{kind}', 'unit': 'VARCHAR', 'quality': 'VARCHAR'}})"""
            ).fetchall()


def from_csv(rows, type):
    """The one value column of CSV, told apart by the type of its property."""
    for time, value, quality in rows:
        number = integer = text = None
        if type == "string":
            text = value
        elif type == "boolean":
            number = None if none_of(value) or value == "" else {"true": 1.0, "false": 0.0}[value]
        elif type == "integer":
            if not none_of(value) and value != "":
                if abs(int(value)) > 2**53:
                    integer = int(value)
                else:
                    number = float(value)
        else:
            number = value
        yield time, number, quality, integer, text


def main(engine_name, source, place, ranges_file, count):
    engine = {"pandas": Pandas, "polars": Polars, "duckdb": Duckdb}[engine_name]()
    ranges = json.load(open(ranges_file))[: int(count)]
    stored = Stored(getattr(engine, source)(place)) if source in ("parts", "export") else None
    rows, wrong = 0, []
    for index, one in enumerate(ranges):
        if source == "csv" and one["type"] == "string" and engine_name == "pandas":
            continue  # pandas cannot tell an empty text from none
        if stored:
            key = one["tag"] if source == "parts" else (one["thing"], one["property"])
            found = stored.ask(key, one["from"], one["to"])
        else:
            query = f"/api/v1/readings?tags={one['tag']}&from={one['from']}&to={one['to']}&format={source}"
            data = urllib.request.urlopen(place + query).read()
            if source == "csv":
                found = list(from_csv(engine.csv(data, one["type"]), one["type"]))
            else:
                found = [row for _, row in getattr(engine, source)(data)]
        lines = [line(*row) for row in found]
        rows += len(lines)
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
        if len(lines) != one["count"] or digest != one["digest"]:
            wrong.append(f"range {index} {one['thing']}/{one['property']} {one['from']} to {one['to']}: {len(lines)} rows, not {one['count']}, or other ones: {lines[:3]}")
    print(json.dumps({"ranges": len(ranges), "rows": rows, "wrong": wrong[:5], "wrongCount": len(wrong)}))


main(*sys.argv[1:])
