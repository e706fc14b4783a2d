"""New cases by chance: Prefect says what is right, annals has to say the same.

See README.md, and `differential --help`.
"""

import argparse
import collections
import concurrent.futures
import json
import multiprocessing
import pathlib
import subprocess
import sys

import generate

SEEDS = range(1, 4)
MORE_SEEDS = range(4, 30)  # for those cases only about which annals differs


def record(case, seeds):
    import oracle  # here, for only the processes that record need Prefect

    return oracle.record(case, seeds)


def recorded(pool, cases, seeds):
    """The cases with what Prefect makes of them, without those of which it makes now this and now that."""
    return [case for case in pool.map(record, cases, [seeds] * len(cases), chunksize=4) if case]


def new_cases(pool, seed, wanted):
    """As many cases as are wanted, and how many were generated for them."""
    cases, generated = [], 0
    while len(cases) < wanted:
        missing = wanted - len(cases)
        cases += recorded(pool, [generate.case(seed, generated + more) for more in range(missing)], SEEDS)
        generated += missing
    return cases, generated


def write(path, cases):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")


def differing(annals, path):
    """What annals says about the cases of a file: the names of those about which it differs."""
    told = subprocess.run([annals, "test", path, "--format", "json"], stdout=subprocess.PIPE, check=False)
    if told.returncode not in (0, 1):
        sys.exit(f"annals test ended with {told.returncode}")
    return {test["name"] for test in json.loads(told.stdout)["tests"] if not test["passed"]}


def say(cases, generated):
    """How many cases of each theme there are, and what share of them fires."""
    themes = collections.Counter(case["rule"] for case in cases)
    firing = collections.Counter(case["rule"] for case in cases if case["expected"]["count"])
    for theme, count in themes.most_common():
        print(f"{theme:12}{count:6}{firing[theme] / count:6.0%} with a firing")
    share = sum(firing.values()) / len(cases)
    print(f"{'together':12}{len(cases):6}{share:6.0%} with a firing; {generated - len(cases)} more were left out, for Prefect leaves open what comes of them")


def main():
    parser = argparse.ArgumentParser(prog="differential", description="Compares annals with Prefect on new cases.")
    parser.add_argument("--cases", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="which (default: 1)")
    parser.add_argument("--annals", default="target/debug/annals", help="the program (default: target/debug/annals)")
    parser.add_argument("--folder", type=pathlib.Path, default="target/differential", help="where the cases are written")
    parser.add_argument("--record", action="store_true", help="only write the cases")
    arguments = parser.parse_args()
    path = arguments.folder / f"{arguments.seed}.jsonl"
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        cases, generated = new_cases(pool, arguments.seed, arguments.cases)
        write(path, cases)
    say(cases, generated)


if __name__ == "__main__":
    main()
