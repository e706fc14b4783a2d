"""Makes a case smaller, for as long as annals and Prefect still differ about it."""

NEEDED = {
    *"disable enable event id name occurred posture resource restart tick trigger triggers type".split(),
    *"prefect.resource.id prefect.resource.role".split(),
}


def shrink(case, first_differing, together=16):
    """The smallest case that is reached by taking away one thing after another. `first_differing` finds
    among several cases the first about which the two differ, or none."""
    smallest = False
    while not smallest:
        candidates, smallest = list(smaller(case)), True
        for start in range(0, len(candidates), together):
            if found := first_differing(candidates[start : start + together]):
                case, smallest = found, False
                break
    return case


def smaller(case):
    """The case with one thing less, in each way there is; the large cuts come first."""
    steps = case["steps"]
    size = len(steps) // 2
    while size:
        for start in range(0, len(steps), size):
            yield {**case, "steps": steps[:start] + steps[start + size :]}
        size //= 2
    for part in ("automations", "trigger", "steps"):
        for less in without_one_thing(case.get(part)):
            yield {**case, part: less}


def without_one_thing(value):
    if isinstance(value, list):
        places = range(len(value))
        yield from ([*value[:place], *value[place + 1 :]] for place in places)
        for place in places:
            yield from ([*value[:place], less, *value[place + 1 :]] for less in without_one_thing(value[place]))
    elif isinstance(value, dict):
        yield from value.get("triggers") or []  # a child in the place of its parent
        yield from ({other: value[other] for other in value if other != key} for key in value if key not in NEEDED)
        yield from ({**value, key: less} for key in value for less in without_one_thing(value[key]))
