#!/usr/bin/env python3
"""What work on a large record costs, against what Git or parsing alone cost on the same record in the same run.

    benches/record.py [--incidents 10000] [--runs 5] [--keep DIR]

Everything is told as a ratio of processor time (user and system), so that it means the same on any machine. What is
compared runs turn by turn, and the ratio in the middle counts: machines are faster at one moment than at another.
Needs Rust, Git and Python, and `generate.py` that makes the incidents: in the folder that ANNALS_PERF names, or in
`../shared/perf` beside this repository. Exits with 1 when a goal is not reached.
"""
import argparse, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
PERF = pathlib.Path(os.environ.get("ANNALS_PERF", HERE.parent / "shared" / "perf"))
NOBODY = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "Ana", "GIT_COMMITTER_NAME": "Ana",
          "GIT_AUTHOR_EMAIL": "ana@example.com", "GIT_COMMITTER_EMAIL": "ana@example.com",
          # 20,000 incidents reach 2036, and what is dated after its commit is a fault.
          "GIT_COMMITTER_DATE": "2050-01-01T00:00:00Z"}
ENVIRONMENT = {**os.environ, **NOBODY}
KIB = 1024


def run(*command, folder=None):
    """Runs a command: its processor time in seconds, and the most memory that it held in bytes."""
    child = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command}: {said}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * KIB


def compared(runs, work, yardstick):
    """How many times the seconds of `yardstick` those of `work` are."""
    return statistics.median(work() / yardstick() for _ in range(runs))


def cargo(name, *arguments):
    """Builds, and answers where the program of that name lies."""
    said = subprocess.run(["cargo", *arguments, "--message-format=json-render-diagnostics"], cwd=HERE, check=True, stdout=subprocess.PIPE)
    made = (json.loads(line) for line in said.stdout.splitlines())
    return next(one["executable"] for one in made if one.get("executable") and one["target"]["name"] == name)


def repository(folder, form, incidents):
    """A repository with that many incidents in one commit, packed as in a clone; made unless it is there."""
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    run("git", "init", "-q", "-b", "main", folder)
    run("git", "config", "gc.auto", "0", folder=folder)
    run(sys.executable, PERF / "generate.py", "content", "--format", form, "--n", str(incidents), "--out", folder / "incidents")
    (folder / "annals.yaml").write_text("format: 1\nsite: {title: Benchmark}\n")
    run("git", "add", ".", folder=folder)
    run("git", "commit", "-q", "-m", "all", folder=folder)
    run("git", "gc", "-q", folder=folder)
    return folder


def forget(folder):
    shutil.rmtree(folder / ".git" / "annals", ignore_errors=True)


def middle(folder):
    """The file of the incident in the middle of a record."""
    files = sorted((folder / "incidents").glob("*/*.yaml"))
    return files[len(files) // 2]


def git_alone(folder):
    """`git add` and `git commit` of one new file of an incident's."""
    place = middle(folder).with_suffix("")
    place.mkdir(exist_ok=True)
    number = len(list(place.glob("by-git-*")))
    (place / f"by-git-{number}.yaml").write_text(f"at: 2018-02-01T00:00:00Z\nby: Ana\ncomment: Words {number}.\n")
    add, _ = run("git", "add", place / f"by-git-{number}.yaml", folder=folder)
    commit, _ = run("git", "commit", "-q", "-m", "one", folder=folder)
    return add + commit


class Table:
    """What was measured, and whether it is what was hoped for."""

    def __init__(self):
        self.missed = 0

    def row(self, what, ratio, goal=None):
        met = "" if goal is None else "met" if ratio <= goal else "NOT MET"
        self.missed += met == "NOT MET"
        print(f"{what:<76} {ratio:8.3f}  {'' if goal is None else f'≤ {goal:.2f}':<7} {met}", flush=True)

    def note(self, what, value):
        print(f"{what:<76} {value}", flush=True)


def measure(table, annals, loading, folder, incidents, runs):
    one = middle(folder).stem
    table.note(f"\n{folder.name}: {incidents} incidents × 8 entries", "   ratio  goal")
    said = iter(range(10 ** 6))
    comment = lambda: run(annals, "comment", one, f"Words {next(said)}.", folder=folder)[0]
    git = lambda: git_alone(folder)
    first = lambda: (forget(folder), comment())[1]
    table.row("comment ÷ git add + git commit of one file, nothing remembered", compared(5 * runs, first, git), 0.25)
    table.row("comment ÷ git add + git commit of one file", compared(5 * runs, comment, git), 0.25)
    cost = [json.loads(subprocess.run([loading, folder], env=ENVIRONMENT, check=True, stdout=subprocess.PIPE).stdout) for _ in range(runs)]
    ratio = lambda one, other: statistics.median(each[one] / each[other] for each in cost)
    table.row("loading from a commit ÷ parsing alone", ratio("commit first", "parse"), 1.3)
    table.row("loading from a commit, the second time ÷ the first", ratio("commit second", "commit first"), 0.2)
    table.row("loading from the working folder ÷ parsing alone", ratio("folder first", "parse"))
    table.row("loading from the working folder, the second time ÷ the first", ratio("folder second", "folder first"))
    whole = lambda: run(annals, "list", folder=folder)[0]
    for version in ([], ["--commit", "HEAD"]):
        show = lambda: run(annals, "show", one, *version, folder=folder)[0]
        anew = lambda: (forget(folder), show())[1]
        words = " ".join(["show", *version, "of one incident"])
        table.row(f"{words}, nothing remembered ÷ list of all, remembered", compared(runs, anew, lambda: (whole(), whole())[1]))
        table.row(f"{words}, remembered ÷ list of all, remembered", compared(runs, show, whole))
    forget(folder)
    _, first = run(annals, "list", "--commit", "HEAD", folder=folder)
    _, second = run(annals, "list", "--commit", "HEAD", folder=folder)
    table.note("memory of list --commit HEAD per incident, the first time and the second", f"{first / incidents / KIB:6.1f} KiB {second / incidents / KIB:6.1f} KiB")


def growth(table, annals, scratch, form, few, many, runs):
    """`list` of a record twenty times as large."""
    small, large = (repository(scratch / f"{form}-{incidents}", form, incidents) for incidents in (few, many))
    for remembered, words in ((False, "nothing remembered"), (True, "remembered")):
        def work(folder):
            if not remembered:
                forget(folder)
            return run(annals, "list", "--now", "2050-01-01T00:00:00Z", folder=folder)[0]
        work(small), work(large)
        times = compared(runs, lambda: work(large), lambda: work(small)) / (many / few)
        table.row(f"list of {many} ÷ list of {few} incidents, for each incident, {words}", times, 1.1)


def perform(words, counted, default, measurements):
    """Reads what was typed and builds annals, hands both to `measurements` with a folder to work in, and exits with 1
    when a goal was missed. `counted` is what there are so many of, `words` what `--help` says."""
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(f"--{counted}", dest="count", metavar="N", type=int, default=default)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=pathlib.Path, help="where the repositories go, and stay")
    asked = parser.parse_args()
    if not (PERF / "generate.py").is_file():
        sys.exit(f"there is no {PERF / 'generate.py'}: let ANNALS_PERF name its folder")
    annals = cargo("annals", "build", "--release", "--locked", "--bin", "annals")
    scratch = asked.keep or pathlib.Path(tempfile.mkdtemp(prefix="annals-bench-"))
    table = Table()
    try:
        measurements(table, annals, scratch, asked.count, asked.runs)
    finally:
        if not asked.keep:
            shutil.rmtree(scratch)
    sys.exit(1 if table.missed else 0)


def records(table, annals, scratch, incidents, runs):
    loading = cargo("loading", "bench", "--no-run", "--locked", "--bench", "loading")
    for form in ("annals-files", "annals"):
        folder = repository(scratch / form, form, incidents)
        measure(table, annals, loading, folder, incidents, runs)
    for form in ("annals-files", "annals"):
        table.note(f"\n{form}: growth", "   ratio  goal")
        growth(table, annals, scratch, form, incidents // 10, incidents * 2, runs)


if __name__ == "__main__":
    perform(__doc__, "incidents", 10_000, records)
