"""Prefect's own trigger engine, played step by step: what it makes of a case is the truth.

Nothing of the engine is replaced but its clock, its database (in memory), and its last step: a
firing is written down instead of acted upon. The form of a case is told in README.md.

    python oracle.py FILE…      records cases (.json: one, .jsonl: one a line), and prints them, one a line

What Prefect leaves open depends on ids that it draws, on the order of rows, and on hashes. Here they
depend on a `seed`, so that playing a case with several seeds shows whether anything was left open.
"""

import asyncio
import datetime as dt
import json
import os
import random
import sys
import tempfile
import uuid

IN_MEMORY = "cache=shared&uri=true&check_same_thread=false"
os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_API_DATABASE_CONNECTION_URL=f"sqlite+aiosqlite:///file::memory:?{IN_MEMORY}",
    PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY="false",
    PREFECT_HOME=tempfile.mkdtemp(prefix="prefect-"),
    PREFECT_LOGGING_LEVEL="CRITICAL",
    PREFECT_LOGGING_SERVER_LEVEL="CRITICAL",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS="false",
)
os.environ.pop("PREFECT_API_URL", None)

import prefect  # noqa: E402
import sqlalchemy as sa  # noqa: E402
from cachetools import TTLCache  # noqa: E402
from prefect.server.database import orm_models, provide_database_interface  # noqa: E402
from prefect.server.events import ordering, triggers  # noqa: E402
from prefect.server.events.models import composite_trigger_child_firing  # noqa: E402
from prefect.server.events.schemas.automations import Automation  # noqa: E402
from prefect.server.events.schemas.events import ReceivedEvent  # noqa: E402
from prefect.types import _datetime as moments  # noqa: E402

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.timezone.utc)
NAMESPACE = uuid.UUID("6f1d4d2e-0000-4000-8000-000000000001")
MICROSECOND = dt.timedelta(microseconds=1)


class Stage:
    """What one playing of a case has in hand; there is one at a time."""

    now = NOON
    step = 0
    evaluated = 0  # events, within the present step
    chance = random.Random(0)
    fired = []  # (step, firing, automation)


# What is put in the place of the engine's own --------------------------------------------------


def now(_zone="UTC"):
    return moments.create_datetime_instance(Stage.now)


async def act(firing):
    Stage.fired.append((Stage.step, firing, firing.trigger.automation))


async def reactive_evaluation(event, depth=0, *, original=triggers.reactive_evaluation):
    """Lets a microsecond pass before every further event of one step, for followers that are
    released together are never evaluated at the same instant."""
    Stage.evaluated += 1
    if Stage.evaluated > 1:
        Stage.now += MICROSECOND
    await original(event, depth)


async def read_buckets(*given, original=triggers.read_buckets_for_automation, **named):
    """Buckets in the order of their starts, and those of one start in any order."""
    buckets = sorted(
        [bucket async for bucket in original(*given, **named)], key=lambda bucket: bucket.bucketing_key
    )
    Stage.chance.shuffle(buckets)
    for bucket in sorted(buckets, key=lambda bucket: bucket.start):
        yield bucket


async def get_child_firings(*given, original=triggers.get_child_firings, **named):
    """Firings of children in any order; a sequence sorts them by time."""
    firings = sorted(await original(*given, **named), key=lambda firing: firing.child_trigger_id)
    Stage.chance.shuffle(firings)
    return firings


moments.now = now
orm_models.now = now  # when a row was written: held events are forgotten by it
composite_trigger_child_firing.now = now
triggers.act = act
triggers.reactive_evaluation = reactive_evaluation
triggers.read_buckets_for_automation = read_buckets
triggers.get_child_firings = get_child_firings


# Reading a case --------------------------------------------------------------------------------


def moment(said):
    """A number counts seconds since NOON; anything else is ISO 8601."""
    if isinstance(said, (int, float)):
        return NOON + dt.timedelta(seconds=said)
    read = dt.datetime.fromisoformat(said.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=dt.timezone.utc)


def automations(case):
    return case.get("automations") or [{"name": "a", "trigger": case["trigger"]}]


def with_ids(trigger, chance):
    """The trigger, each of its nodes with an id by chance."""
    trigger = dict(trigger, id=str(uuid.UUID(int=chance.getrandbits(128), version=4)))
    if isinstance(trigger.get("triggers"), list):
        trigger["triggers"] = [
            with_ids(child, chance) if isinstance(child, dict) else child for child in trigger["triggers"]
        ]
    return trigger


def event_of(said, seed):
    """The event, its labels for ids made into ids of this seed."""
    ids = {
        key: uuid.uuid5(NAMESPACE, f"{seed}/{said[key]}") for key in ("id", "follows") if said.get(key) is not None
    }
    occurred = moment(said["occurred"])
    received = moment(said["received"]) if "received" in said else occurred
    return ReceivedEvent.model_validate({**said, **ids, "occurred": occurred, "received": received})


# Playing a case --------------------------------------------------------------------------------


class Playing:
    """A case as the engine plays it, with ids of one seed."""

    def __init__(self, case, seed):
        self.case = case
        self.seed = seed
        self.automations = {}
        self.invalid = {}
        self.labels = {}  # of events, by id

    async def begin(self):
        Stage.now, Stage.fired, Stage.chance = NOON, [], random.Random(self.seed)
        await forget_everything()
        for said in automations(self.case):
            try:
                automation = Automation(
                    id=uuid.UUID(int=Stage.chance.getrandbits(128), version=4),
                    name=said["name"],
                    enabled=said.get("enabled", True),
                    trigger=with_ids(said["trigger"], Stage.chance),
                    actions=[{"type": "do-nothing"}],
                )
            except Exception as refusal:  # whatever it is, it is what Prefect makes of this trigger
                self.invalid[said["name"]] = type(refusal).__name__
                continue
            self.automations[automation.name] = automation
            async with DATABASE.session_context(begin_transaction=True) as session:
                session.add(DATABASE.Automation(**automation.model_dump()))
        await triggers.reconcile_automations(force=True)

    async def step(self, number, step):
        Stage.step, Stage.evaluated = number, 0
        if "event" in step:
            event = event_of(step["event"], self.seed)
            self.labels[event.id] = step["event"]["id"]
            Stage.now = moment(step["now"]) if "now" in step else event.received
            return await deliver(event)
        if "tick" in step:
            Stage.now = moment(step["tick"])
            if step.get("only") in (None, "proactive"):
                await triggers.evaluate_proactive_triggers()
            if step.get("only") in (None, "periodic"):
                await triggers.periodic_evaluation(now())
            return "tick"
        if "restart" in step:
            Stage.now = moment(step["restart"])
            await forget_memory()
            await triggers.reconcile_automations(force=True)
            return "restarted"
        enabled = "enable" in step
        if "now" in step:
            Stage.now = moment(step["now"])
        await self.switch(step["enable" if enabled else "disable"], enabled)
        return "enabled" if enabled else "disabled"

    async def switch(self, which, enabled):
        name = automations(self.case)[0]["name"] if which is True else which
        automation = self.automations[name].id
        model = DATABASE.Automation
        async with DATABASE.session_context(begin_transaction=True) as session:
            await session.execute(sa.update(model).where(model.id == automation).values(enabled=enabled))
        await triggers.automation_changed(automation, "automation__updated")

    def told(self, step, firing, automation):
        told = {
            "step": step,
            "automation": automation.name,
            "states": sorted(state.value for state in firing.trigger_states),
            **self.told_briefly(firing),
        }
        if firing.triggering_firings:
            children = [
                {"trigger": path_to(child.trigger, automation.trigger), **self.told_briefly(child)}
                for child in firing.triggering_firings
            ]
            told["children"] = sorted(children, key=lambda child: (child["trigger"], child["time"]))
        return told

    def told_briefly(self, firing):
        event = firing.triggering_event
        return {
            "time": firing.triggered.astimezone(dt.timezone.utc).isoformat().replace("+00:00", "Z"),
            "labels": dict(sorted(firing.triggering_labels.items())),
            "event": event and self.labels[event.id],
        }


async def deliver(event):
    """What Prefect's consumer does with a message."""
    if event.event == "prefect.log.write":
        return "ignored"
    if await ordering.get_triggers_causal_ordering().event_has_been_seen(event.id):
        return "duplicate"
    try:
        await triggers.reactive_evaluation(event)
    except ordering.EventArrivedEarly:
        return "held"
    return "processed"


def path_to(wanted, trigger, path="$"):
    if trigger.id == wanted.id:
        return path
    for number, child in enumerate(getattr(trigger, "triggers", [])):
        if found := path_to(wanted, child, f"{path}.triggers[{number}]"):
            return found
    return None


async def forget_memory():
    """What a server loses when it restarts."""
    await triggers.reset()
    memory = ordering.get_triggers_causal_ordering()
    memory.clear()
    lifetime = ordering.SEEN_EXPIRATION.total_seconds()
    memory._seen_events = TTLCache(maxsize=10000, ttl=lifetime, timer=lambda: Stage.now.timestamp())


# The tables that the engine writes to, in the order in which they can be emptied; Prefect 3.9 holds events.
TABLES = [
    "AutomationBucket",
    "CompositeTriggerChildFiring",
    "AutomationEventFollower",
    "AutomationHeldEvent",
    "Automation",
]


async def forget_everything():
    await forget_memory()
    async with DATABASE.session_context(begin_transaction=True) as session:
        for table in TABLES:
            if hasattr(orm_models, table):
                await session.execute(sa.delete(getattr(DATABASE, table)))


async def play(case, seed):
    playing = Playing(case, seed)
    await playing.begin()
    delivery = [await playing.step(number, step) for number, step in enumerate(case["steps"])]
    firings = [playing.told(*fired) for fired in Stage.fired]
    # Firings within one step have no order.
    firings.sort(key=lambda firing: (firing["step"], json.dumps(firing, sort_keys=True)))
    outcome = {"count": len(firings), "firings": firings, "delivery": delivery}
    return {**outcome, "invalid": playing.invalid} if playing.invalid else outcome


# The door --------------------------------------------------------------------------------------

LOOP = asyncio.new_event_loop()
DATABASE = provide_database_interface()
LOOP.run_until_complete(DATABASE.create_db())


def record(case, seeds):
    """The case with what Prefect makes of it; nothing when that is not the same with each seed, or
    when the case cannot be played."""
    try:
        outcomes = (LOOP.run_until_complete(play(case, seed)) for seed in seeds)
        first = next(outcomes)
        if any(outcome != first for outcome in outcomes):
            return None
    except Exception as fault:
        print(f"{case['name']}: {fault!r}", file=sys.stderr)
        return None
    return {**case, "prefect_version": prefect.__version__, "expected": first}


def main(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for case in map(json.loads, text.splitlines() if path.endswith(".jsonl") else [text]):
            recorded = record(case, range(1, 6))
            print(json.dumps(recorded) if recorded else f"not the same each time: {case['name']}")


if __name__ == "__main__":
    main(sys.argv[1:])
