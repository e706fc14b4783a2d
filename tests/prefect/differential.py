"""New cases by chance: Prefect says what is right, annals has to say the same.

See README.md, and `differential --help`.
"""

import argparse
import collections
import concurrent.futures
import itertools
import json
import multiprocessing
import pathlib
import subprocess
import sys

import generate
import shrink

SEEDS = range(1, 4)
MORE_SEEDS = range(4, 154)  # for the few cases about which annals differs


def record(case, seeds):
    import oracle  # here, for only the processes that record need Prefect

    return oracle.record(case, seeds)


def recorded(pool, cases, seeds):
    """The cases with what Prefect makes of them, but for those of which it makes now this and now that."""
    return [case for case in pool.map(record, cases, itertools.repeat(seeds), chunksize=4) if case]


def write(path, cases):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")


def differing(annals, path):
    """The names of the cases of a file about which annals differs."""
    told = subprocess.run([annals, "test", path, "--format", "json"], stdout=subprocess.PIPE, check=False)
    if told.returncode not in (0, 1):
        sys.exit(f"annals test ended with {told.returncode}")
    return {test["name"] for test in json.loads(told.stdout)["tests"] if not test["passed"]}


def gather(pool, arguments, path):
    """Writes as many cases as are wanted. Answers those, the ones of them about which annals differs, and
    how many more were generated. Cases about which it differs are asked again more often, for ids drawn a
    few times may not show that Prefect leaves open what comes of a case."""
    cases, differ, generated = [], [], 0
    while missing := arguments.cases - len(cases):
        numbers = range(generated, generated + missing)
        new = recorded(pool, [generate.case(arguments.seed, number) for number in numbers], SEEDS)
        write(path, new)
        names = differing(arguments.annals, path)
        sure = recorded(pool, [case for case in new if case["name"] in names], MORE_SEEDS)
        cases += [case for case in new if case["name"] not in names] + sure
        differ += sure
        generated += missing
    write(path, cases)
    return cases, differ, generated - len(cases)


def smallest(pool, annals, path, case):
    """Writes the smallest case about which annals differs in the way of this one."""

    def first_differing(candidates):
        numbered = [{**candidate, "name": str(number)} for number, candidate in enumerate(candidates)]
        write(path, recorded(pool, numbered, range(1, 9)))
        names = differing(annals, path)
        return next((candidate for candidate in numbered if candidate["name"] in names), None)

    found = shrink.shrink(case, first_differing)
    write(path, recorded(pool, [{**found, "name": case["name"]}], SEEDS))


def say(cases, left_out):
    """How many cases of each theme there are, and what share of them fires."""
    themes = collections.Counter(case["rule"] for case in cases)
    firing = collections.Counter(case["rule"] for case in cases if case["expected"]["count"])
    for theme, count in themes.most_common():
        print(f"{theme:10}{count:6}{firing[theme] / count:6.0%} with a firing")
    print(f"{'together':10}{len(cases):6}{firing.total() / len(cases):6.0%} with a firing")
    meant = sum(generate.is_late_with_after(case) for case in cases)
    print(f"{'of these':10}{meant:6}{meant / len(cases):6.0%} with `after` and late delivery")
    print(f"left out: {left_out}, for Prefect leaves open what comes of them", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="differential", description="Compares annals with Prefect on new cases.")
    parser.add_argument("--cases", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="which (default: 1)")
    parser.add_argument("--annals", default="target/debug/annals", help="the program (default: %(default)s)")
    parser.add_argument(
        "--folder", type=pathlib.Path, default="target/differential", help="where cases are written"
    )
    parser.add_argument("--shrink", action="store_true", help="make the first three that differ small")
    arguments = parser.parse_args()
    annals, path = arguments.annals, arguments.folder / f"{arguments.seed}.jsonl"
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        cases, differ, left_out = gather(pool, arguments, path)
        say(cases, left_out)
        for case in differ[: 3 if arguments.shrink else 0]:
            small = arguments.folder / f"{case['name']}.jsonl"
            smallest(pool, annals, small, case)
            print(f"smallest: {small}", flush=True)
    return subprocess.run([annals, "test", path], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
