"""Recomputes what a historian answered, from what it was sent: plain lists, the standard library only.

Reads {"sent": {tag: [[time, value, quality], ...]}, "questions": [...]} as JSON from the file named; prints one line for
each question: "ok" or what is different. A value of null is none at all.
"""

import json
import math
import sys
from bisect import bisect_left
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1)
SECOND = 1_000_000


def plain(arrivals):
    """Each time once, the row that came last, in order of time."""
    newest = {}
    for time, value, quality in arrivals:
        newest[time] = (value, quality)
    return [(time, *newest[time]) for time in sorted(newest)]


class Tag:
    def __init__(self, arrivals):
        self.rows = plain(arrivals)
        self.times = [row[0] for row in self.rows]

    def between(self, start, end):
        return self.rows[bisect_left(self.times, start) : bisect_left(self.times, end)]


def read(tag, question):
    return [list(row) for row in tag.between(question["from"], question["to"])]


def integral(tag, start, end, mode):
    """(value * seconds, microseconds covered) between two times."""
    area, covered = [], 0
    at = max(0, bisect_left(tag.times, start) - 1)
    while at + 1 < len(tag.rows) and tag.times[at] < end:
        (time, value, _), (following, goal, _) = tag.rows[at], tag.rows[at + 1]
        begin, stop = max(time, start), min(following, end)
        if value is not None and begin < stop:
            if mode != "linear" or goal is None:
                goal = value
            middle = value + (goal - value) * ((begin + stop) / 2 - time) / (following - time)
            area.append(middle * (stop - begin) / SECOND)
            covered += stop - begin
        at += 1
    return math.fsum(area), covered


def aggregate(tag, question):
    answer = []
    edges, mode = question["edges"], question.get("timeWeighted")
    for bucket, (start, end) in enumerate(zip(edges, edges[1:])):
        rows = tag.between(start, end)
        usable = [(time, value) for time, value, _ in rows if value is not None]
        values = [value for _, value in usable]
        area, covered = integral(tag, start, end, mode) if mode else (0, 0)
        if not rows and not covered:
            continue
        found = {
            "bucket": bucket,
            "min": min(values, default=None),
            "max": max(values, default=None),
            "sum": math.fsum(values) if values else None,
            "mean": math.fsum(values) / len(values) if values else None,
            "first": values[0] if values else None,
            "last": values[-1] if values else None,
            "firstTime": usable[0][0] if usable else None,
            "lastTime": usable[-1][0] if usable else None,
            "count": len(values),
            "worst": max((quality for *_, quality in rows), default=0),
        }
        if mode:
            found["timeWeighted"] = area / (covered / SECOND) if covered else None
            found["coveredUs"] = covered
        answer.append(found)
    return answer


def states(tag, question):
    start, end = question["from"], question["to"]
    at = bisect_left(tag.times, start) - 1
    value = tag.rows[at][1] if at >= 0 else None
    totals, unknown, since = {}, 0, start
    for time, following, _ in [*tag.between(start, end), (end, None, None)]:
        if value is None:
            unknown += time - since
        else:
            totals[value] = totals.get(value, 0) + time - since
        since, value = time, following
    totals = {state: us for state, us in totals.items() if us > 0}
    return {"totals": totals, "unknownUs": unknown}


def wall(zone, utc):
    """Local time of whole UTC seconds."""
    return datetime.fromtimestamp(utc, timezone.utc).astimezone(zone).replace(tzinfo=None)


def label(local, step):
    """Which step of the calendar a local time lies in, as something that can be compared."""
    if step == "1y":
        return (local.year,)
    if step == "1mo":
        return (local.year, local.month)
    if step == "3mo":
        return (local.year, (local.month - 1) // 3)
    if step == "1w":
        return ((local - EPOCH - timedelta(days=4)).days // 7,)
    if step == "1d":
        return ((local - EPOCH).days,)
    return ((local - EPOCH) // {"15m": timedelta(minutes=15), "1h": timedelta(hours=1)}[step],)


def edges(_tag, question):
    """Goes through the range by quarters of an hour and looks at the clock on the wall: edges where its label changes."""
    step, zone = question["step"], ZoneInfo(question["zone"])
    quarter = 900
    # Hours come again when the clock goes back; days and longer only go forward.
    repeats = step in ("15m", "1h")
    margin = {"15m": 2, "1h": 4, "1d": 60, "1w": 200, "1mo": 800, "3mo": 2300, "1y": 8900}[step] * 3600
    utc = (question["from"] // SECOND - margin) // quarter * quarter
    end = question["to"] // SECOND + margin
    found, reached = [], label(wall(zone, utc), step)
    before = wall(zone, utc)
    while utc < end:
        utc += quarter
        local = wall(zone, utc)
        now = label(local, step)
        moved_back = repeats and local < before and local == on_mark(local, step)
        if now > reached or (repeats and now != reached) or moved_back:
            found.append(utc * SECOND)
            reached = now
        before = local
    inside = [edge for edge in found if question["from"] < edge < question["to"]]
    first = max(edge for edge in found if edge <= question["from"])
    last = min(edge for edge in found if edge >= question["to"])
    return [first, *inside, last]


def on_mark(local, step):
    return local.replace(minute=local.minute // 15 * 15 if step == "15m" else 0, second=0)


def same(got, wanted, path=""):
    """None, or the first difference. Numbers may differ by the order in which they were added up."""
    if isinstance(wanted, dict):
        if set(got) != set(wanted):
            return f"{path}: {sorted(got)} instead of {sorted(wanted)}"
        pairs = [(got[key], wanted[key], f"{path}.{key}") for key in wanted]
    elif isinstance(wanted, list):
        if len(got) != len(wanted):
            return f"{path}: {len(got)} instead of {len(wanted)}: {got[:3]} and {wanted[:3]}"
        pairs = [(*both, f"{path}[{at}]") for at, both in enumerate(zip(got, wanted))]
    elif isinstance(wanted, float) and isinstance(got, (int, float)):
        return None if math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-9) else f"{path}: {got} instead of {wanted}"
    else:
        return None if got == wanted else f"{path}: {got} instead of {wanted}"
    return next((found for one in pairs if (found := same(*one))), None)


def main():
    with open(sys.argv[1], encoding="utf8") as file:
        story = json.load(file)
    tags = {tag: Tag(arrivals) for tag, arrivals in story["sent"].items()}
    kinds = {"read": read, "aggregate": aggregate, "states": states, "edges": edges}
    for question in story["questions"]:
        wanted = kinds[question["kind"]](tags.get(str(question.get("tag"))), question)
        print(same(question["got"], wanted) or "ok")


main()
