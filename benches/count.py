#!/usr/bin/env python3
"""Counts from `annals list --all --format json` alone how often the ten rules of benches/rules/ fire on a record that
was imported in one commit. Shares nothing with annals: `annals replay` must agree.

    annals list --all --format json | benches/count.py        prints {"rule": count, …}
"""
import datetime, json, sys

RESOLVED = {"resolved", "completed", "cancelled", "postmortem"}


def time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def first(incident, field):
    """What the declaration said of a field."""
    for entry in incident["entries"]:
        for change in entry["changes"]:
            if change["field"] == field:
                return change["from"]
    return incident[field]


def events(incident):
    """Name, time and severity of what happened, in its order."""
    severity = first(incident, "severity")
    yield "declared", time(incident["declared_at"]), severity
    for entry in incident["entries"]:
        changes = {change["field"]: change for change in entry["changes"]}
        severity = changes.get("severity", {}).get("to", severity)
        if entry["kind"] == "comment":
            yield "comment", time(entry["at"]), severity
        if "status" in changes:
            before, after = (changes["status"][key] in RESOLVED for key in ("from", "to"))
            name = "status" if before == after else "resolved" if after else "reopened"
            yield name, time(entry["at"]), severity
        if "severity" in changes:
            yield "severity", time(entry["at"]), severity


def comment(window, at):
    """A window of thirty days begins a quarter of an hour before the first comment; when the third comes, the next one
    begins where this one ends. Answers the window after a comment, and whether that was the third."""
    month = datetime.timedelta(days=30)
    begin, end, known = window or (at - datetime.timedelta(minutes=15), at + month, 0)
    if at < begin:
        return (begin, end, known), False
    if at >= end:
        return (at, at + month, 1), False
    if known == 2:
        return (end, end + month, 0), True
    return (begin, end, known + 1), False


def count(incidents):
    counts = dict.fromkeys(["Declared", "Declared critical", "Commented", "Resolved", "Reopened", "Status changed",
                            "Severity changed, and not to low", "Three comments in thirty days",
                            "Resolved within a day of its declaration", "Something declared, then something resolved"], 0)
    simple = {"declared": "Declared", "comment": "Commented", "resolved": "Resolved", "reopened": "Reopened", "status": "Status changed"}
    waits = False
    for incident in incidents:
        declared, window = None, None
        for name, at, severity in events(incident):
            if name in simple:
                counts[simple[name]] += 1
            counts["Declared critical"] += name == "declared" and severity == "critical"
            counts["Severity changed, and not to low"] += name == "severity" and severity != "low"
            if name == "declared":
                declared, waits = at, True
            if name == "comment":
                window, fires = comment(window, at)
                counts["Three comments in thirty days"] += fires
            if name == "resolved":
                if declared is not None and at >= declared:
                    counts["Resolved within a day of its declaration"] += at < declared + datetime.timedelta(days=1)
                    declared = None
                counts["Something declared, then something resolved"] += waits
                waits = False
    return counts


print(json.dumps(count(json.load(sys.stdin)["incidents"])))
