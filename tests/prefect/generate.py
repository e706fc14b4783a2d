"""Makes new cases of triggers and events by chance, the same ones for the same seed.

Few names, few labels and few moments, so that things meet: most moments lie at the beginning or the end of
some window, at the end of some patience, or a microsecond beside it.
"""

import json
import random
import sys
from fnmatch import fnmatchcase

MICRO = 1_000_000
NAMES = ["up", "down", "job.start", "job.stop", "job.stop.late", "job."]
PATTERNS = NAMES + ["job.*", "job.st*", "*", "*.stop", "j*b.*", "u?", "job.[se]*", "!up", "!job.*", "job.sto", "nothing"]
IDENTITIES = ["job.1", "job.2", "host.a"]
VALUES = {"level": ["low", "high", "", "!low"], "team": ["red", "blue"]}
ROLES = ["host", "team"]
WITHINS = [0, 10, 10, 30, 60, 60, 900, 3600, 0.5, 12.25, 10.000001]
LAPSES = [0, 1, MICRO // 2, MICRO, 2 * MICRO, 5 * MICRO, 9 * MICRO, 10 * MICRO, 30 * MICRO, 45 * MICRO, 61 * MICRO]
BESIDE = [0, 0, -1, 1]
# How long the engine waits: for a sweep, for a leader and for early events, for a repetition.
PATIENCES = [60 * MICRO, 900 * MICRO, 1800 * MICRO]
MOODS = ["late", "follows", "repeats", "switches", "silence", "lag", "bursts"]


def seconds(micros):
    return micros // MICRO if micros % MICRO == 0 else round(micros / MICRO, 6)


class Triggers:
    """Triggers, from a single event to sequences of compounds."""

    def __init__(self, rng):
        self.rng = rng

    def any(self):
        chance = self.rng.random()
        if chance < 0.62:
            return self.event()
        return self.group(self.rng.choice([1, 1, 1, 2, 2, 3]))

    def group(self, depth):
        rng = self.rng
        count = rng.choice([1, 2, 2, 2, 3, 3, 4]) if depth == 1 else rng.choice([1, 2, 2, 3])
        deep = rng.randrange(count)
        inner = [
            self.group(depth - 1) if depth > 1 and number == deep else self.event(inside=True)
            for number in range(count)
        ]
        within = rng.choice([None, None, None, 0, 5, 10, 30, 60, 60, 900, 3600, 0.000001, 12.25])
        if rng.random() < 0.4:
            return {"type": "sequence", "within": within, "triggers": inner}
        require = rng.choice(["any", "all", "all", "all", rng.randint(1, count), rng.randint(1, count)])
        return {"type": "compound", "require": require, "within": within, "triggers": inner}

    def event(self, inside=False):
        rng = self.rng
        proactive = rng.random() < (0.25 if inside else 0.42)
        trigger = {"type": "event", "posture": "Proactive" if proactive else "Reactive"}
        trigger["expect"] = self.names([0, 1, 1, 1, 1, 2, 3])
        if rng.random() < 0.4:
            same = rng.random() < 0.35
            trigger["after"] = list(trigger["expect"]) if same else self.names([1, 1, 1, 2])
        threshold = rng.choice([1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 0, -1])
        if threshold != 1 or rng.random() < 0.3:
            trigger["threshold"] = threshold
        within = rng.choice(WITHINS)
        if within or rng.random() < 0.5:
            trigger["within"] = max(within, 10) if proactive and 0 < within < 10 else within
        if rng.random() < 0.4:
            trigger["for_each"] = self.labels()
        if rng.random() < (0.1 if inside else 0.3):
            trigger["match"] = self.specification(["prefect.resource.id", *VALUES])
        if rng.random() < (0.05 if inside else 0.2):
            trigger["match_related"] = self.related()
        return trigger

    def names(self, counts):
        rng = self.rng
        return [rng.choice(NAMES if rng.random() < 0.6 else PATTERNS) for _ in range(rng.choice(counts))]

    def labels(self):
        known = ["prefect.resource.id", "prefect.resource.id", "level", "team", "absent"]
        known += ["related:host:prefect.resource.id", "related:team:level", "related:nobody:level"]
        return self.rng.sample(known, self.rng.choice([1, 1, 1, 2, 2, 3]))

    def specification(self, labels):
        rng = self.rng
        chosen = rng.sample(labels, rng.choice([0, 1, 1, 1, 2]))
        return {label: self.pattern(label) for label in chosen}

    def pattern(self, label):
        rng = self.rng
        values = ["job.*", "job.1", "!job.2", "*", "host.?", "!host.*", "job.[!2]"]
        values = VALUES.get(label, values if label == "prefect.resource.id" else ROLES)
        values = [*values, "*", f"!{values[0]}", f"{values[0][:2]}*"]
        if rng.random() < 0.65:
            return rng.choice(values)
        return [rng.choice(values) for _ in range(rng.choice([0, 1, 2, 2, 3]))]

    def related(self):
        labels = ["prefect.resource.id", "prefect.resource.role", "level"]
        if self.rng.random() < 0.6:
            return self.specification(labels)
        return [self.specification(labels) for _ in range(self.rng.choice([0, 1, 2]))]

    def refused(self):
        """A trigger that may well be refused."""
        trigger = self.any()
        leaf = trigger["type"] == "event"
        changes = [{"type": "metric"}, {"type": None}, {"within": -1}, {"within": "soon"}]
        changes += [{"posture": word} for word in ("reactive", "", None, "Metric")] if leaf else []
        changes += [{"threshold": number} for number in (1.5, "2", "two", None, 2.0)] if leaf else []
        changes += [{"expect": "up"}, {"match": {"level": 3}}, {"match": None}] if leaf else []
        changes += [{"posture": "Proactive", "within": number} for number in (5, 9.999999)] if leaf else []
        changes += [{"within": None}, {"for_each": "level"}, {"after": [1]}, {"colour": "red"}] if leaf else []
        changes += [{"require": word} for word in (0, -1, 9, "some", None)] if not leaf else []
        changes += [{"triggers": []}, {"triggers": None}] if not leaf else []
        trigger.update(self.rng.choice(changes))
        return trigger


def leaves(trigger):
    if trigger.get("type") == "event":
        return [trigger]
    return [leaf for inner in trigger.get("triggers") or [] for leaf in leaves(inner)]


class Story:
    """The steps of one case: what happens, and when."""

    def __init__(self, rng, automations):
        self.rng = rng
        self.automations = automations
        self.moods = set(rng.sample(MOODS, rng.choice([0, 1, 1, 2, 2, 3])))
        self.now = 0
        self.lag = rng.choice([3, 20, 70, 1000]) * MICRO if "lag" in self.moods else 0
        self.marks = [0]
        self.events = []
        self.steps = []
        self.leaves = [leaf for automation in automations for leaf in leaves(automation["trigger"])]
        self.near = leaves(rng.choice(automations)["trigger"])
        self.each = rng.choice([1, 1, 2])
        self.spans = [int(leaf["within"] * MICRO) for leaf in self.leaves if number(leaf.get("within"))]
        self.spans = [span for span in self.spans if span > 0] or [10 * MICRO]
        self.proactive = any(leaf.get("posture") == "Proactive" for leaf in self.leaves)

    def told(self):
        rng = self.rng
        if "follows" in self.moods and rng.random() < 0.03:
            self.chain(rng.choice([20, 21, 22, 24]))
        if self.proactive and rng.random() < 0.6:
            self.tick()
        for _ in range(rng.randint(4, 15)):
            self.pass_time()
            chance = rng.random()
            if chance < (0.4 if self.proactive else 0.1):
                self.tick()
            elif "switches" in self.moods and chance > 0.85:
                self.switch()
            elif "repeats" in self.moods and self.events and chance > 0.8:
                self.repeat()
            else:
                self.happen()
        if rng.random() < 0.5:
            self.pass_time()
            self.tick()
        return self.steps

    def pass_time(self):
        rng = self.rng
        chance = rng.random()
        if "bursts" in self.moods and chance < 0.4:
            return
        if "silence" in self.moods and chance > 0.85:
            self.now += rng.choice([59, 60, 61, 120, 900, 1800, 4000]) * MICRO + rng.choice(BESIDE)
        elif chance < 0.5:
            self.now += rng.choice(LAPSES)
        else:
            self.now = self.mark_ahead()

    def mark_ahead(self):
        """One of the next moments at which something ends, or one beside it."""
        spans = [*self.spans, *(span + 60 * MICRO for span in self.spans), *PATIENCES]
        marks = {mark + span for mark in self.marks[-4:] for span in spans}
        ahead = sorted(mark for mark in marks if mark > self.now)[:4]
        return max(self.now, self.rng.choice(ahead) + self.rng.choice(BESIDE)) if ahead else self.now

    def tick(self):
        step = {"tick": seconds(self.now)}
        only = self.rng.choice([None, None, None, "proactive", "periodic"])
        self.steps.append({**step, "only": only} if only else step)
        self.marks.append(self.now)

    def switch(self):
        rng = self.rng
        if rng.random() < 0.3:
            self.steps.append({"restart": seconds(self.now)})
            return
        steady = [automation["name"] for automation in self.automations if "doubtful" not in automation]
        if steady:
            way = rng.choice(["enable", "disable", "enable"])
            self.steps.append({way: rng.choice(steady), "now": seconds(self.now)})

    def happen(self):
        event = self.aimed()
        event["id"] = f"e{len(self.events)}"
        self.events.append(event)
        self.time(event)
        if "follows" in self.moods and self.rng.random() < 0.5:
            number = max(0, len(self.events) + self.rng.choice([-2, -2, -1, 0, 0, 1, 2]))
            event["follows"] = f"e{number}"
        self.deliver(event)

    def time(self, event):
        rng = self.rng
        occurred = self.now - self.lag
        if "late" in self.moods and rng.random() < 0.5:
            early = [1, MICRO, 10 * MICRO, 60 * MICRO, 900 * MICRO, 900 * MICRO + 1, -1, -MICRO, -60 * MICRO, -3600 * MICRO]
            at_mark = rng.choice(self.marks) + rng.choice([0, *self.spans, -900 * MICRO]) + rng.choice(BESIDE)
            occurred = at_mark if rng.random() < 0.5 else occurred - rng.choice(early)
        event["occurred"] = seconds(occurred)
        self.marks.append(occurred)
        if occurred != self.now:
            received = self.now
            if rng.random() < 0.2:
                received -= rng.choice([1, MICRO, 899 * MICRO, 900 * MICRO - 1, 900 * MICRO])
            event["received"] = seconds(received)

    def deliver(self, event):
        step = {"event": event}
        if event.get("received", event["occurred"]) != seconds(self.now):
            step["now"] = seconds(self.now)
        self.steps.append(step)

    def repeat(self):
        event = dict(self.rng.choice(self.events))
        if self.rng.random() < 0.4:
            event["received"] = seconds(self.now)
        self.deliver(event)

    def chain(self, length):
        """Events that each follow the one before, and come the other way round."""
        for number in reversed(range(length + 1)):
            event = self.aimed()
            event.update(id=f"c{number}", occurred=seconds(self.now + number * MICRO), received=seconds(self.now))
            if number:
                event["follows"] = f"c{number - 1}"
            self.deliver(event)

    def aimed(self):
        """An event that some trigger waits for, if one of a few is that."""
        leaf = self.rng.choice(self.leaves) if self.leaves else {}
        if self.near and self.rng.random() < 0.75:
            leaf = self.near[len(self.events) // self.each % len(self.near)]
        event = self.event()
        for _ in range(40):
            if concerns(leaf, event):
                break
            event = self.event()
        return event

    def event(self):
        rng = self.rng
        event = {"event": rng.choice(NAMES) if rng.random() < 0.99 else "prefect.log.write"}
        event["resource"] = {"prefect.resource.id": rng.choice(IDENTITIES), **self.values()}
        related = [
            {"prefect.resource.id": rng.choice(IDENTITIES), "prefect.resource.role": rng.choice(ROLES), **self.values()}
            for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))
        ]
        return {**event, "related": related} if related else event

    def values(self):
        return {label: self.rng.choice(values) for label, values in VALUES.items() if self.rng.random() < 0.6}


def number(said):
    return isinstance(said, (int, float)) and not isinstance(said, bool)


def concerns(leaf, event):
    """Whether `event` seems to be one that `leaf` waits for. It need not be exact."""
    names = [*listed(leaf.get("expect")), *listed(leaf.get("after"))]
    if names and not any(fnmatchcase(event["event"], str(name)) for name in names):
        return False
    related = event.get("related", [])
    wanted = listed(leaf.get("match_related"))
    return fits(event["resource"], leaf.get("match") or {}) and all(any(fits(one, each) for one in related) for each in wanted)


def fits(resource, match):
    return all(label in resource and agrees(resource[label], said) for label, said in match.items())


def agrees(value, said):
    patterns = map(str, listed(said))
    return any(fnmatchcase(value, pattern.removeprefix("!")) != pattern.startswith("!") for pattern in patterns)


def listed(said):
    return said if isinstance(said, list) else [] if said is None else [said]


def case(seed, number):
    """The case of that number; the same one whenever it is asked for."""
    rng = random.Random(f"{seed}/{number}")
    triggers = Triggers(rng)
    automations = []
    for name in "abc"[: rng.choice([1, 1, 1, 1, 2, 2, 3])]:
        doubtful = rng.random() < 0.04
        automation = {"name": name, "trigger": triggers.refused() if doubtful else triggers.any()}
        if rng.random() < 0.06:
            automation["enabled"] = False
        automations.append({**automation, "doubtful": True} if doubtful else automation)
    steps = Story(rng, automations).told()
    for automation in automations:
        automation.pop("doubtful", None)
    return {"name": f"chance-{seed}-{number}", "source": "chance", "automations": automations, "steps": steps}


if __name__ == "__main__":
    seed, first, count = map(int, sys.argv[1:])
    for made in range(first, first + count):
        print(json.dumps(case(seed, made)))
