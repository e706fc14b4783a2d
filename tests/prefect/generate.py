"""New cases of trigger semantics, by chance, from a seed.

A case comes of a theme: which triggers it has, and what happens to them. Few names, few labels and
times at the edges of windows make things meet. Case N of a seed is the same however many are made.
"""

import itertools
import random

SECOND = 1_000_000  # times are counted in microseconds here
MINUTE = 60 * SECOND

NAMES = ["declared", "resolved", "updated.severity", "updated.status", "reopened"]
ODD_NAMES = ["a", "b", "ab", "abc", "a.b", "a.", ".a", "A", "!a", "!!a", "a*", "a?", "[a]", "[", "^", "-", "b-", "a\nb", "a ", "é"]
NAME_PATTERNS = ["*", "updated.*", "up*", "*d", "re*", "*.*", "declared*", "d*d", "updated", "updated.s*s", "updated.?everity", "!declared"]
ODD_PATTERNS = [
    "a", "a*", "*a", "*", "**", "?", "a?", "??", "[ab]", "[!a]", "[^a]", "[a-c]", "[c-a]", "[]", "[]a]", "[!]", "[!!]", "[a", "[", "a[",
    "[[]", "[*]", "[?]", "a.*", "a.", ".", "!", "!a", "!!a", "!*", "![ab]", "a\n*", "\\a", "\\*", "A", "é", "[-a]", "[a-]", "[!-a]b", "(a)", "a|b", "a+",
    "[a-a]", "[a-b-c]", "[--b]", "[!a-b]*", "$", "^", "[^]", "[\\]", "[a\\-c]", "[~~]", "[&&a]", "[a||b]", "",
]
IDS = ["incident.1", "incident.2", "incident.10"]
SEVERITIES = ["high", "low", "higher", ""]
TEAMS = ["web", "db", "web-eu"]
VALUE_PATTERNS = ["high", "low", "h*", "*", "?*", "!high", "!h*", "!", "", "!!high", "[hl]*", "[!h]*", "hig?", "web*", "*b*", "!web", "high*", "w[a-e]b", "[", "HIGH"]
PRIMARY = {"prefect.resource.id": ["incident.*", "incident.1", "incident.1*", "!incident.1", "*.?"], "severity": VALUE_PATTERNS, "team": VALUE_PATTERNS}
RELATED = {
    "prefect.resource.id": ["service.*", "service.web", "service.web*", "!service.web"], "prefect.resource.role": ["service", "tag", "*", "!service", "s*", "a:b"],
    "severity": VALUE_PATTERNS, "tier": ["1", "[12]", "!1", "", "*"],
}
WINDOWS = [0, 0, 10, 10, 30, 60, 60, 900, 3600, 10.5, 0.25, 12.000001]
FOR_EACH = [
    "prefect.resource.id", "prefect.resource.id", "severity", "team", "missing", "related:service:prefect.resource.id", "related:service:tier",
    "related:tag:tier", "related:a:b:tier", "related:tier", "related:", "x:y", "other:service:tier", "prefect.resource.role",
]


class Maker:
    """Makes one case."""

    def __init__(self, seed, number):
        self.chance = random.Random(f"{seed} {number}")
        self.names, self.patterns = NAMES, NAMES * 3 + NAME_PATTERNS
        self.steps = []
        self.wall = 0
        self.edges = []  # times at which something ends, the last ones last
        self.related_share = 0.4  # of events
        self.pace = 5 * SECOND
        self.count = itertools.count()

    def maybe(self, share):
        return self.chance.random() < share

    def one(self, things):
        return self.chance.choice(things)

    def some(self, things, least, most):
        return [self.one(things) for _ in range(self.chance.randint(least, most))]

    # Triggers ----------------------------------------------------------------------------------

    def leaf(self, **given):
        """An event trigger with simple names; what is given stands."""
        trigger = {"type": "event", "posture": "Reactive", "expect": [self.one(self.names)], **given}
        proactive = trigger["posture"] == "Proactive"
        if self.maybe(0.8) or proactive:
            trigger.setdefault("within", self.one([10, 10, 12.5, 30, 60, 60, 900, 0] if proactive else WINDOWS))
        if self.maybe(0.6):
            trigger.setdefault("threshold", self.one([1, 1, 2, 2, 3, 4, 5, 0, -1]))
        if self.maybe(0.3):
            trigger.setdefault("for_each", self.some(FOR_EACH[:4], 1, 2))
        return trigger

    def quick(self, **given):
        """An event trigger that fires easily, as a child."""
        trigger = {"type": "event", "posture": "Reactive", "expect": [self.one(self.names)], **given}
        if self.maybe(0.2):
            trigger.update(within=self.one([10, 60]), threshold=self.one([1, 2]))
        elif self.maybe(0.1):
            trigger.update(after=[self.one(self.names)], within=self.one([10, 60]))
        elif self.maybe(0.1):
            trigger.update(posture="Proactive", within=self.one([10, 30]))
        if self.maybe(0.2):
            trigger["for_each"] = ["prefect.resource.id"]
        return trigger

    def composite(self, depth):
        names = self.chance.sample(self.names, len(self.names))
        children = [
            self.composite(depth - 1) if depth > 1 and self.maybe(0.45) else self.quick(expect=[names[place % len(names)]])
            for place in range(self.chance.randint(1 if self.maybe(0.1) else 2, 3))
        ]
        trigger = {"within": self.one([None, None, None, 0, 5, 10, 60, 30.5]), "triggers": children}
        if self.maybe(0.4):
            return {"type": "sequence", **trigger}
        require = self.one(["any", "all", "all", 1, self.chance.randint(1, len(children)), len(children)])
        return {"type": "compound", "require": require, **trigger}

    def specification(self, labels):
        """What labels must be; `labels` says which there are, and patterns for each."""
        chosen = self.chance.sample(sorted(labels), self.one([0, 1, 1, 1, 2]))
        if self.maybe(0.05):
            chosen.append("missing")
        return {label: self.patterns_of(labels.get(label, ["*"])) for label in chosen}

    def patterns_of(self, patterns):
        return self.one(patterns) if self.maybe(0.6) else self.some(patterns, 0 if self.maybe(0.2) else 1, 3)

    # What happens ------------------------------------------------------------------------------

    def resource(self):
        resource = {"prefect.resource.id": self.one(IDS[: self.one([1, 2, 2, 3])])}
        if self.maybe(0.6):
            resource["severity"] = self.one(SEVERITIES)
        if self.maybe(0.4):
            resource["team"] = self.one(TEAMS)
        return resource

    def related(self):
        related = []
        for _ in range(self.one([0, 0, 1, 2, 3])):
            resource = {"prefect.resource.id": f"service.{self.one(TEAMS)}", "prefect.resource.role": self.one(["service", "service", "tag", "a:b"])}
            for label, values in (("tier", ["1", "2", ""]), ("severity", SEVERITIES)):
                if self.maybe(0.4):
                    resource[label] = self.one(values)
            related.append(resource)
        return related

    def later(self):
        """The next wall time: at the edge of a window, or somewhat later."""
        ahead = [edge for edge in self.edges[-8:] if edge > self.wall]
        if ahead and self.maybe(0.3):
            wall = self.one(ahead) + self.one([0, 0, 0, -1, 1, SECOND])
        else:
            wall = self.wall + self.one([0, 1, SECOND, 2 * SECOND, self.pace, self.pace, self.pace // 3, 2 * self.pace])
            if self.maybe(0.04):
                wall += self.one([61 * SECOND, 15 * MINUTE, 31 * MINUTE, 120 * MINUTE])
        self.wall = max(self.wall, wall)
        return self.wall

    def edge(self, occurred, windows):
        """Remembers when things end that begin with what occurred."""
        for window in windows:
            end = occurred + round(window * SECOND)
            self.edges += [end, end + MINUTE] if self.maybe(0.3) else [end]
        self.edges += [occurred + 15 * MINUTE, occurred + 30 * MINUTE] if self.maybe(0.03) else []

    def time(self, micros):
        seconds = micros / SECOND
        return int(seconds) if seconds.is_integer() else seconds

    def event(self, windows, late=0.1, lag=0, **given):
        """Lets an event occur, late or in the future at times."""
        wall = self.later()
        occurred = wall - lag
        if self.maybe(late):
            occurred -= self.one([1, SECOND, 10 * SECOND, MINUTE, 15 * MINUTE, 15 * MINUTE + 1, 20 * MINUTE, self.chance.randint(0, 70) * SECOND])
        elif self.maybe(late / 4):
            occurred += self.one([SECOND, MINUTE, 20 * MINUTE])
        event = {"id": f"e{next(self.count)}", "occurred": self.time(occurred), "event": self.one(self.names), "resource": self.resource(), **given}
        if self.maybe(self.related_share) and (related := self.related()):
            event["related"] = related
        if occurred != wall:
            event["received"] = self.time(wall)
        step = {"event": event}
        if self.maybe(0.04):
            self.wall += self.one([SECOND, 20 * SECOND])
            step["now"] = self.time(self.wall)
        self.edge(occurred, windows)
        self.steps.append(step)
        return event

    def tick(self, windows=(), **given):
        step = {"tick": self.time(self.later()), **given}
        if self.maybe(0.15):
            step["only"] = self.one(["proactive", "proactive", "periodic"])
        self.edge(self.wall, windows)
        self.steps.append(step)

    def again(self):
        """Delivers an event once more, at times when it is about to be forgotten."""
        events = [step for step in self.steps if "event" in step]
        if not events:
            return
        step = dict(self.one(events[-6:]))
        if self.maybe(0.3):
            self.wall = max(self.wall, self.wall_of(step) + 30 * MINUTE + self.one([-SECOND, -1, 0, 1]))
        self.steps.append({**step, "now": self.time(max(self.wall, self.later()))})

    def wall_of(self, step):
        event = step["event"]
        return round(step.get("now", event.get("received", event["occurred"])) * SECOND)

    def days(self, triggers, ticks=0.3, events=(6, 22), again=0.03, **how):
        """Lets events and ticks come as they may."""
        windows = sorted({round(leaf.get("within", 0) * SECOND) / SECOND for trigger in triggers for leaf in leaves(trigger)})
        longest = max(min(windows[-1:] + [60]), 1)
        self.pace = round(longest * self.one([0.1, 0.2, 0.35]) * SECOND)
        for _ in range(self.chance.randint(*events)):
            if self.maybe(ticks):
                self.tick(windows)
            elif self.maybe(again):
                self.again()
            else:
                self.event(windows, **how)
        if ticks:
            for _ in range(self.one([1, 2, 3])):
                self.tick(windows)

    def few_names(self, most=3):
        self.names = self.chance.sample(self.names, self.chance.randint(1, most))
        self.patterns = self.names * 4 + ["*"] + NAME_PATTERNS[:4]


def leaves(trigger):
    children = trigger.get("triggers")
    return [leaf for child in children for leaf in leaves(child)] if children else [trigger]


# Themes ----------------------------------------------------------------------------------------


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
    make.days([trigger], ticks=make.one([0, 0.25]), late=0.15)
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
    make.days([trigger], ticks=0.5)
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
    trigger = make.leaf(for_each=make.some(FOR_EACH, 1, 3), expect=[], within=make.one([0, 30, 900]), threshold=make.one([1, 2, 2, 3]))
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
        trigger = {"type": "event", "posture": "Reactive", "expect": make.names, "within": make.one([0, 60]), "threshold": make.one([1, 2])}
    deep = make.maybe(0.1)
    ids = [f"c{place}" for place in range(make.chance.randint(22, 26) if deep else make.chance.randint(3, 8))]
    leaders = {one: ids[place - 1] if deep or make.maybe(0.6) else make.one(ids + ["nobody", None, None]) for place, one in enumerate(ids) if place}
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
    makers = [make.leaf, make.quick, lambda: make.leaf(posture="Proactive"), lambda: make.composite(make.one([1, 2]))]
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


def refusals(make):
    """Triggers of which Prefect refuses some."""
    make.few_names(2)
    automations = []
    for name in "abc":
        trigger = make.one([make.leaf, lambda: make.leaf(posture="Proactive"), lambda: make.composite(2)])()
        spoilt = make.one([trigger, make.one(leaves(trigger))])
        if spoilt["type"] == "event":
            field, value = make.one([
                ("posture", make.one(["reactive", "Metric", "", None])), ("threshold", make.one([1.5, 2.0, "3", "x", None, [], "1.5", " 2 "])),
                ("within", make.one([None, -1, -0.5, 5, 9.999999, 9, 10, "x", [], {}])), ("expect", make.one(["declared", None, 3, [1], [None], {}, [["a"]]])),
                ("after", make.one(["declared", None, [2], {"declared": 1}])), ("for_each", make.one(["severity", None, [1], {}])),
                ("match", make.one([None, [], "x", {"severity": 1}, {"severity": None}, {"severity": ["high", 1]}, {"severity": {}}])),
                ("match_related", make.one([None, [], "x", [None], [[]], {"severity": 1}, [{"severity": [1]}]])), ("type", make.one(["metric", "x", None])), ("more", 1),
            ])
            if field == "within" and isinstance(value, (str, list, dict)) and spoilt["posture"] == "Proactive":
                value = 3  # what else it says crashes Prefect, which refuses nothing by that
        else:
            field, value = make.one([
                ("require", make.one([0, -1, 1, 4, "some", None, "2", 1.5, 2.0, "All"])), ("within", make.one([-1, "x", [], None, 0])),
                ("triggers", make.one([None, {}, "x", [{}], [None]])), ("type", make.one(["compound", "sequence", "event", "any"])),
            ])
        spoilt[field] = value
        if make.maybe(0.15):
            spoilt.pop(make.one(["posture", "within", "require", "triggers"]), None)
        automations.append({"name": name, "trigger": trigger})
    make.days([{"within": 10}], events=(4, 10))
    return automations


THEMES = {
    reactive: 10, after: 11, proactive: 9, absence: 12, names: 10, labels: 9, keys: 8, composite: 14, clocks: 8, order: 9, lifecycle: 8, refusals: 5,
}


def case(seed, number):
    """Case `number` of a seed."""
    make = Maker(seed, number)
    [theme] = make.chance.choices(list(THEMES), THEMES.values())
    made = theme(make)
    triggers = {"automations": made} if isinstance(made, list) else {"trigger": made}
    return {"name": f"{theme.__name__}-{seed}-{number}", "rule": theme.__name__, "source": "random", "seed": seed, **triggers, "steps": make.steps}
