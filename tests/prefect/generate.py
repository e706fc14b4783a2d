"""New cases of trigger semantics, by chance, from a seed.

A case comes of a theme: which triggers it has, and what happens to them. Case N of a seed is the same
however many are made.
"""

import itertools

from maker import FOR_EACH, MINUTE, ODD_NAMES, ODD_PATTERNS, PRIMARY, RELATED, SECOND, Maker, leaves, nodes


def reactive(make):
    make.few_names(2)
    trigger = make.leaf(expect=make.some(make.patterns, 0 if make.maybe(0.2) else 1, 2))
    make.days([trigger], ticks=make.one([0, 0.2]), late=0.2)
    return trigger


def after(make):
    make.few_names(3)
    expect = make.some(make.patterns, 0 if make.maybe(0.2) else 1, 2)
    start = expect if expect and make.maybe(0.25) else make.some(make.patterns, 1, 2)
    trigger = make.leaf(after=start, expect=expect)
    make.days([trigger], ticks=make.one([0, 0.25]), late=make.one([0.15, 0.4]))
    return trigger


def proactive(make):
    make.few_names(2)
    trigger = make.leaf(posture="Proactive", expect=make.some(make.patterns, 0 if make.maybe(0.2) else 1, 2))
    make.days([trigger], ticks=0.6)
    return trigger


def absence(make):
    """Proactive, with `after`."""
    make.few_names(3)
    expect = make.some(make.patterns, 0 if make.maybe(0.1) else 1, 2)
    start = expect if expect and make.maybe(0.3) else make.some(make.patterns, 1, 2)
    given = {"for_each": make.some(FOR_EACH[:4], 1, 2)} if make.maybe(0.7) else {}
    trigger = make.leaf(posture="Proactive", after=start, expect=expect, **given)
    make.days([trigger], ticks=0.5, late=make.one([0.15, 0.4]))
    return trigger


def backlog(make):
    """Proactive, with `after`, and events that are written down long after they occurred, in any order."""
    make.few_names(3)
    start = [make.one(make.names)]
    others = [name for name in make.names if name not in start]
    expect = make.some(others, 1, 2) if others and make.maybe(0.8) else start
    within, threshold = make.one([10, 30, 60, 900, 900, 3600]), make.one([1, 1, 2, 2, 3])
    for_each = {"for_each": ["prefect.resource.id"]} if make.maybe(0.7) else {}
    trigger = {"type": "event", "posture": "Proactive", "after": start, "expect": expect, **for_each}
    trigger.update(within=within, threshold=threshold)
    make.days([trigger], ticks=make.one([0.2, 0.4]), late=make.one([0.4, 0.7, 0.9]), spread=within)
    return trigger


def heartbeat(make):
    """One event that both begins the wait and is waited for, and others that end it, which race it."""
    make.few_names(3)
    beat = make.one(make.names)
    expect = [beat, *make.some(make.names, 0, 2)]
    within, threshold = make.one([10, 30, 60]), make.one([1, 1, 1, 2, 3])
    for_each = {"for_each": ["prefect.resource.id"]} if make.maybe(0.7) else {}
    trigger = {"type": "event", "posture": "Proactive", "after": [beat], "expect": expect, **for_each}
    trigger.update(within=within, threshold=threshold)
    make.names = make.names + [beat] * 2
    make.days([trigger], ticks=0.35, events=(8, 24), late=make.one([0.2, 0.5]), spread=within)
    return trigger


def names(make):
    make.names, make.patterns = ODD_NAMES, ODD_PATTERNS
    start = make.some(ODD_PATTERNS, 0, 2) if make.maybe(0.5) else []
    trigger = {"type": "event", "posture": "Reactive", "expect": make.some(ODD_PATTERNS, 0 if start else 1, 4)}
    trigger.update({"after": start, "within": 3600} if start else {})
    make.days([trigger], ticks=0, events=(12, 24), late=0)
    return trigger


def labels(make):
    make.few_names(1)
    trigger = {"type": "event", "posture": "Reactive", "expect": make.names}
    if make.maybe(0.7):
        trigger["match"] = make.specification(PRIMARY)
    if make.maybe(0.6):
        several = [make.specification(RELATED) for _ in range(make.one([0, 1, 2, 2]))]
        trigger["match_related"] = make.specification(RELATED) if make.maybe(0.6) else several
    make.related_share = 0.9
    make.days([trigger], ticks=0, events=(12, 24), late=0)
    return trigger


def keys(make):
    make.few_names(2)
    for_each, within, threshold = make.some(FOR_EACH, 1, 3), make.one([0, 30, 900]), make.one([1, 2, 2, 3])
    trigger = make.leaf(for_each=for_each, expect=[], within=within, threshold=threshold)
    if make.maybe(0.3):
        trigger.update(posture="Proactive", within=10)
    make.days([trigger], ticks=0.2, events=(10, 24), late=0.05)
    return trigger


def composite(make):
    make.few_names(4)
    trigger = make.composite(make.one([1, 1, 2, 3]))
    if make.maybe(0.1):
        trigger["triggers"].append(trigger["triggers"][0])
    make.days([trigger], ticks=0.15, events=(8, 24), late=0.1)
    return trigger


def clocks(make):
    """Streams that lag, long silences, sweeps."""
    make.few_names(2)
    posture = make.one(["Proactive", "Proactive", "Reactive"])
    trigger = make.leaf(posture=posture, within=make.one([10, 30, 60]), threshold=make.one([1, 2, 3]))
    if make.maybe(0.4):
        trigger["after"] = [make.one(make.names)]
    make.days([trigger], ticks=0.5, late=0.3, lag=make.one([0, SECOND, 7 * SECOND, 65 * SECOND, 20 * MINUTE]))
    return trigger


def order(make):
    """Events that follow others, and come before them, twice, or not at all."""
    make.few_names(3)
    trigger = make.one([make.leaf, make.quick, lambda: make.composite(1)])()
    if make.maybe(0.5):
        trigger = make.quick(expect=make.names, within=make.one([0, 60]), threshold=make.one([1, 2]))
    deep = make.maybe(0.1)
    ids = [f"c{place}" for place in range(make.chance.randint(22, 26) if deep else make.chance.randint(3, 8))]
    leaders = {}
    for leader, one in itertools.pairwise(ids):
        leaders[one] = leader if deep or make.maybe(0.6) else make.one([*ids, "nobody", None, None])
    arriving = ids[:0:-1] if deep else make.chance.sample(ids, len(ids))
    for one in arriving + ([ids[0]] if deep or make.maybe(0.2) else []):
        leader = leaders.get(one)
        make.event([60], late=0.4, id=one, **({"follows": leader} if leader else {}))
        if make.maybe(0.1):
            make.again()
        if not deep and make.maybe(0.15):
            make.tick([60])
    for _ in range(make.one([0, 1, 2])):
        make.wall += make.one([0, 15 * MINUTE - 1, 15 * MINUTE])
        make.tick([60])
    make.days([trigger], events=(0, 5), again=0.4)
    return trigger


def lifecycle(make):
    """Several automations that are switched off and on, and servers that restart."""
    make.few_names(3)
    makers = [
        make.leaf,
        make.quick,
        lambda: make.leaf(posture="Proactive"),
        lambda: make.composite(make.one([1, 2])),
    ]
    automations = [{"name": name, "trigger": make.one(makers)()} for name in "abc"[: make.one([1, 2, 3])]]
    for automation in automations:
        if make.maybe(0.25):
            automation["enabled"] = make.maybe(0.3)
    triggers = [automation["trigger"] for automation in automations]
    for _ in range(make.chance.randint(2, 5)):
        make.days(triggers, events=(1, 5))
        if make.maybe(0.25):
            make.steps.append({"restart": make.time(make.later())})
        else:
            step = {make.one(["enable", "disable"]): True if make.maybe(0.3) else make.one(automations)["name"]}
            make.steps.append({**step, "now": make.time(make.later())} if make.maybe(0.7) else step)
    return automations


# What may be said instead of a field of a trigger; some of it Prefect takes.
SPOILT = {
    "posture": ["reactive", "Metric", "", None],
    "threshold": [1.5, 2.0, "3", "x", None, [], "1.5", " 2 "],
    "within": [None, -1, -0.5, 5, 9.999999, 9, 10],
    "expect": ["declared", None, 3, [1], [None], {}, [["a"]]],
    "after": ["declared", None, [2], {"declared": 1}],
    "for_each": ["severity", None, [1], {}],
    "match": [None, [], "x", *({"severity": said} for said in (1, None, ["high", 1], {}))],
    "match_related": [None, [], "x", [None], [[]], {"severity": 1}, [{"severity": [1]}]],
    "type": ["metric", "x", None],
    "more": [1],
}
SPOILT_COMPOSITE = {
    "require": [0, -1, 1, 4, "some", None, "2", 1.5, 2.0, "All"],
    "within": [-1, "x", [], None, 0],
    "triggers": [None, {}, "x", [{}], [None]],
    "type": ["compound", "sequence", "event", "any"],
}


def refusals(make):
    """Triggers of which Prefect refuses some."""
    make.few_names(2)
    automations = []
    for name in "abc":
        trigger = make.one([make.leaf, lambda: make.leaf(posture="Proactive"), lambda: make.composite(2)])()
        spoilt = make.one([trigger, make.one(leaves(trigger))])
        field, values = make.one(list((SPOILT if spoilt["type"] == "event" else SPOILT_COMPOSITE).items()))
        spoilt[field] = make.one(values)
        if make.maybe(0.15):
            spoilt.pop(make.one(["posture", "within", "require", "triggers"]), None)
        automations.append({"name": name, "trigger": trigger})
    make.days([{"within": 10}], events=(4, 10))
    return automations


# How often each is chosen.
THEMES = {
    reactive: 6,
    after: 18,
    proactive: 6,
    absence: 24,
    backlog: 30,
    heartbeat: 22,
    names: 6,
    labels: 6,
    keys: 5,
    composite: 11,
    clocks: 8,
    order: 6,
    lifecycle: 8,
    refusals: 4,
}


def case(seed, number):
    """Case `number` of a seed."""
    make = Maker(seed, number)
    [theme] = make.chance.choices(list(THEMES), THEMES.values())
    made = theme(make)
    triggers = {"automations": made} if isinstance(made, list) else {"trigger": made}
    named = {"name": f"{theme.__name__}-{seed}-{number}", "rule": theme.__name__, "source": "random"}
    return {**named, **triggers, "steps": make.steps}


def is_late_with_after(case):
    """Whether some trigger has an `after`, and some event is delivered after it occurred."""
    refused = case["expected"].get("invalid", {})
    automations = case.get("automations") or [{**case, "name": "a"}]
    triggers = [one["trigger"] for one in automations if one["name"] not in refused]
    events = [step["event"] for step in case["steps"] if "event" in step]
    late = any(event.get("received", event["occurred"]) > event["occurred"] for event in events)
    return late and any(node.get("after") for trigger in triggers for node in nodes(trigger))
