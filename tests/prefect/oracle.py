"""The oracle: what Prefect's own trigger engine makes of a case.

Runs in a virtual environment with `requirements.txt` and says nothing to any server: the engine's functions
are called directly, over a database in memory, with a clock that only the case moves. A case is told in
`tests/cases/README.md`; times are seconds after the noon of 5 January 2026 in UTC, or ISO 8601.

Reads requests from standard input, one a line: `{"case": …, "seeds": N}`. Answers each with a line: what the
engine made of the case, or `null` when that depends on the ids that the engine gave, which N of them show.
"""

import asyncio
import datetime
import json
import os
import random
import sys
import tempfile
import uuid

os.environ.update(
    PREFECT_HOME=tempfile.mkdtemp(prefix="prefect-oracle-"),
    PREFECT_API_DATABASE_CONNECTION_URL=(
        "sqlite+aiosqlite:///file::memory:?cache=shared&uri=true&check_same_thread=false"
    ),
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY="false",
    PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS="false",
    PREFECT_LOGGING_LEVEL="CRITICAL",
    PREFECT_LOGGING_SERVER_LEVEL="CRITICAL",
    DO_NOT_TRACK="1",
)
os.environ.pop("PREFECT_API_URL", None)

import aiosqlite  # noqa: E402
import sqlalchemy  # noqa: E402
from cachetools import TTLCache  # noqa: E402
from prefect.server.database import provide_database_interface  # noqa: E402
from prefect.server.events import triggers  # noqa: E402
from prefect.server.events.models import composite_trigger_child_firing  # noqa: E402
from prefect.server.events.ordering import (  # noqa: E402
    SEEN_EXPIRATION,
    EventArrivedEarly,
    get_triggers_causal_ordering,
)
from prefect.server.events.schemas.automations import Automation  # noqa: E402
from prefect.server.events.schemas.events import ReceivedEvent  # noqa: E402
from prefect.types import _datetime  # noqa: E402

NOON = datetime.datetime(2026, 1, 5, 12, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
NAMESPACE = uuid.UUID("6f1d4d2e-0000-4000-8000-000000000001")
DATABASE = provide_database_interface()


class Clock:
    """The wall clock of the engine. The k-th event evaluated in one step sees it k microseconds later, as
    events that are released together are handled one after the other in real life too."""

    now = NOON
    evaluated = 0

    @classmethod
    def read(cls, _zone="UTC"):
        return _datetime.create_datetime_instance(cls.now)

    @classmethod
    def micros(cls):
        return (cls.now - NOON) // MICROSECOND


async def at_once(connection, function, *arguments, **named):
    """Asks the database without a change of threads, which would take most of the time."""
    return function(*arguments, **named)


fired = []
evaluate_event = triggers.reactive_evaluation


async def capture(firing):
    fired.append(firing)


async def evaluate_later(event, depth=0):
    if Clock.evaluated:
        Clock.now += MICROSECOND
    Clock.evaluated += 1
    await evaluate_event(event, depth)


aiosqlite.Connection._execute = at_once
_datetime.now = Clock.read
composite_trigger_child_firing.now = Clock.read
triggers.act = capture
triggers.reactive_evaluation = evaluate_later


def moment(said):
    if isinstance(said, (int, float)):
        return NOON + datetime.timedelta(seconds=said)
    said = datetime.datetime.fromisoformat(said.replace("Z", "+00:00"))
    return said if said.tzinfo else said.replace(tzinfo=datetime.timezone.utc)


def told(time):
    return time.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


class Run:
    """One case, evaluated with ids that come of `seed`."""

    def __init__(self, case, seed):
        self.case = case
        self.seed = seed
        self.random = random.Random(seed)
        self.automations = {}
        self.invalid = {}
        self.labels = {}
        self.firings = []

    async def whole(self):
        await self.begin()
        delivery = []
        for number, step in enumerate(self.case["steps"]):
            Clock.evaluated = 0
            fired.clear()
            delivery.append(await self.step(step))
            self.firings += [self.firing(number, firing) for firing in fired]
        self.firings.sort(key=lambda firing: (firing["step"], json.dumps(firing, sort_keys=True)))
        made = {"count": len(self.firings), "firings": self.firings, "delivery": delivery}
        return {**made, "invalid": self.invalid} if self.invalid else made

    async def begin(self):
        async with DATABASE.session_context(begin_transaction=True) as session:
            for table in (
                DATABASE.AutomationBucket,
                DATABASE.CompositeTriggerChildFiring,
                DATABASE.AutomationEventFollower,
                DATABASE.AutomationRelatedResource,
                DATABASE.Automation,
            ):
                await session.execute(sqlalchemy.delete(table))
        Clock.now = NOON
        alone = [{"name": "a", "trigger": self.case.get("trigger")}]
        for said in self.case.get("automations") or alone:
            await self.automation(said)
        await self.restart()

    async def automation(self, said):
        try:
            automation = Automation(
                id=self.id(),
                name=said["name"],
                enabled=said.get("enabled", True),
                trigger=self.numbered(said["trigger"]),
                actions=[{"type": "do-nothing"}],
            )
        except Exception as fault:
            self.invalid[said["name"]] = type(fault).__name__
            return
        self.automations[said["name"]] = automation
        async with DATABASE.session_context(begin_transaction=True) as session:
            session.add(DATABASE.Automation(**automation.model_dump()))

    def id(self):
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def numbered(self, trigger):
        """The trigger with an id on every node, as the engine visits triggers in the order of these."""
        if not isinstance(trigger, dict):
            return trigger
        inner = [self.numbered(inner) for inner in trigger.get("triggers") or []]
        return {**trigger, "id": str(self.id()), **({"triggers": inner} if inner else {})}

    async def restart(self):
        """What a server that is started anew knows: its database and no more."""
        await triggers.reset()
        order = get_triggers_causal_ordering()
        order.clear()
        order._seen_events = TTLCache(10_000, SEEN_EXPIRATION // MICROSECOND, timer=Clock.micros)
        await triggers.reconcile_automations(force=True)

    async def step(self, step):
        if "event" in step:
            return await self.deliver(step)
        if "tick" in step:
            return await self.tick(step)
        if "restart" in step:
            Clock.now = moment(step["restart"])
            await self.restart()
            return "restarted"
        return await self.switch(step)

    async def deliver(self, step):
        """What the consumer of the live server does with one message."""
        said = dict(step["event"])
        said["id"] = self.event_id(said["id"])
        if said.get("follows") is not None:
            said["follows"] = self.event_id(said["follows"])
        said["occurred"] = moment(said["occurred"])
        said["received"] = moment(said["received"]) if "received" in said else said["occurred"]
        Clock.now = moment(step["now"]) if "now" in step else said["received"]
        if said["event"] == "prefect.log.write":
            return "ignored"
        if await get_triggers_causal_ordering().event_has_been_seen(said["id"]):
            return "duplicate"
        try:
            await triggers.reactive_evaluation(ReceivedEvent.model_validate(said))
            return "processed"
        except EventArrivedEarly:
            return "held"

    def event_id(self, label):
        made = uuid.uuid5(NAMESPACE, f"{self.seed}/{label}")
        self.labels[made] = label
        return made

    async def tick(self, step):
        Clock.now = moment(step["tick"])
        if step.get("only") != "periodic":
            await triggers.evaluate_proactive_triggers()
        if step.get("only") != "proactive":
            await triggers.periodic_evaluation(Clock.read())
        return "tick"

    async def switch(self, step):
        if "now" in step:
            Clock.now = moment(step["now"])
        on = "enable" in step
        which = step["enable" if on else "disable"]
        automation = next(iter(self.automations.values())) if which is True else self.automations[which]
        this = DATABASE.Automation.id == automation.id
        async with DATABASE.session_context(begin_transaction=True) as session:
            await session.execute(sqlalchemy.update(DATABASE.Automation).where(this).values(enabled=on))
        await triggers.automation_changed(automation.id, "automation__updated")
        return "enabled" if on else "disabled"

    def firing(self, number, firing):
        automation = firing.trigger.automation
        made = {
            "step": number,
            "automation": automation.name,
            "states": sorted(state.value for state in firing.trigger_states),
            **self.reason(firing),
        }
        children = [
            {"trigger": place(automation.trigger, inner.trigger, "$"), **self.reason(inner)}
            for inner in firing.triggering_firings
        ]
        children.sort(key=lambda child: (child["trigger"], child["time"]))
        return {**made, "children": children} if children else made

    def reason(self, firing):
        event = firing.triggering_event
        return {
            "time": told(firing.triggered),
            "labels": dict(sorted(firing.triggering_labels.items())),
            "event": None if event is None else self.labels[event.id],
        }


def place(trigger, sought, path):
    """Where the trigger `sought` stands inside `trigger`."""
    if trigger.id == sought.id:
        return path
    inner = enumerate(getattr(trigger, "triggers", []))
    found = (place(inner, sought, f"{path}.triggers[{number}]") for number, inner in inner)
    return next((found for found in found if found), None)


async def recorded(case, seeds):
    """What the engine makes of `case`; none when it differs from one seed to the next."""
    first = await Run(case, 1).whole()
    for seed in range(2, seeds + 1):
        if await Run(case, seed).whole() != first:
            return None
    return first


async def answer(requests, answers):
    await DATABASE.create_db()
    for line in requests:
        request = json.loads(line)
        answers.write(json.dumps(await recorded(request["case"], request["seeds"])) + "\n")
        answers.flush()


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr
    asyncio.run(answer(sys.stdin, answers))
