"""Triggers, events and ticks by chance.

Few names, few labels, and times at the edges of windows make things meet.
"""

import itertools
import random

SECOND = 1_000_000  # times are counted in microseconds here
MINUTE = 60 * SECOND

NAMES = "declared resolved updated.severity updated.status reopened".split()
ODD_NAMES = [*"a b ab abc a.b a. .a A !a !!a a* a? [a] [ ^ - b-".split(), "a\nb", "a ", "é"]
NAME_PATTERNS = "* updated.* up* *d re* *.* declared* d*d updated updated.s*s updated.?everity !declared".split()
ODD_PATTERNS = [
    *"a a* *a * ** ? a? ?? [ab] [!a] [^a] [a-c] [c-a] [] []a] [!] [!!] [a [ a[".split(),
    *"[[] [*] [?] a.* a. . ! !a !!a !* ![ab]".split(),
    "a\n*",
    *r"\a \* A é [-a] [a-] [!-a]b (a) a|b a+".split(),
    *r"[a-a] [a-b-c] [--b] [!a-b]* $ ^ [^] [\] [a\-c] [~~] [&&a] [a||b]".split(),
    "",
]
IDS = ["incident.1", "incident.2", "incident.10"]
SEVERITIES = ["high", "low", "higher", ""]
TEAMS = ["web", "db", "web-eu"]
VALUE_PATTERNS = [
    *"high low h* * ?* !high !h* !".split(),
    "",
    *"!!high [hl]* [!h]* hig? web* *b* !web high* w[a-e]b [ HIGH".split(),
]
PRIMARY = {
    "prefect.resource.id": "incident.* incident.1 incident.1* !incident.1 *.?".split(),
    "severity": VALUE_PATTERNS,
    "team": VALUE_PATTERNS,
}
RELATED = {
    "prefect.resource.id": "service.* service.web service.web* !service.web".split(),
    "prefect.resource.role": "service tag * !service s* a:b".split(),
    "severity": VALUE_PATTERNS,
    "tier": ["1", "[12]", "!1", "", "*"],
}
WINDOWS = [0, 0, 10, 10, 30, 60, 60, 900, 3600, 10.5, 0.25, 12.000001]
FOR_EACH = [
    *"prefect.resource.id prefect.resource.id severity team missing".split(),
    *"related:service:prefect.resource.id related:service:tier related:tag:tier related:a:b:tier".split(),
    *"related:tier related: x:y other:service:tier prefect.resource.role".split(),
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
        children = []
        for place in range(self.chance.randint(1 if self.maybe(0.1) else 2, 3)):
            deeper = depth > 1 and self.maybe(0.45)
            children.append(self.composite(depth - 1) if deeper else self.quick(expect=[names[place % len(names)]]))
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
            resource = {
                "prefect.resource.id": f"service.{self.one(TEAMS)}",
                "prefect.resource.role": self.one(["service", "service", "tag", "a:b"]),
            }
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
            paces = [self.pace, self.pace, self.pace // 3, 2 * self.pace]
            wall = self.wall + self.one([0, 1, SECOND, 2 * SECOND, *paces])
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

    def event(self, windows, late=0.1, lag=0, spread=0, **given):
        """Lets an event occur, late or in the future at times; `spread` is how late it mostly is at most."""
        wall = self.later()
        occurred = wall - lag
        if self.maybe(late):
            some = self.chance.randint(0, 70) * SECOND
            if spread and self.maybe(0.7):
                occurred -= round(self.chance.uniform(0, 1.5) * spread) * SECOND
            else:
                occurred -= self.one([1, SECOND, 10 * SECOND, MINUTE, 15 * MINUTE, 15 * MINUTE + 1, 20 * MINUTE, some])
        elif self.maybe(late / 4):
            occurred += self.one([SECOND, MINUTE, 20 * MINUTE])
        event = {
            "id": f"e{next(self.count)}",
            "occurred": self.time(occurred),
            "event": self.one(self.names),
            "resource": self.resource(),
            **given,
        }
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
        windows = sorted({node.get("within") or 0 for trigger in triggers for node in nodes(trigger)})
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


def nodes(trigger):
    """The trigger, and those inside it."""
    return [trigger, *(node for child in trigger.get("triggers", []) for node in nodes(child))]


def leaves(trigger):
    return [node for node in nodes(trigger) if "triggers" not in node]
