#!/usr/bin/env python3
"""What walking a long history costs, against what `git log` costs on the same history in the same run.

    benches/history.py [--commits 100000] [--runs 5] [--keep DIR]

Everything is told as a ratio of processor time, as `record.py` does; the histories are made by its `generate.py`.
Nothing is remembered from one run to the next. Exits with 1 when a goal is not reached.
"""
import pathlib, shutil, subprocess, sys

from record import ENVIRONMENT, PERF, compared, perform, run

LATER = ("--now", "2050-01-01T00:00:00Z")
RULES = ("--automations", pathlib.Path(__file__).resolve().parent / "rules")
LOG = ("git", "log", "--raw", "--no-renames", "--", "incidents/")


def history(folder, commits):
    """A bare repository with so many commits about 12 incidents in a hundred of them; made unless it is there."""
    if not folder.exists():
        run(sys.executable, PERF / "generate.py", "history", "--commits", str(commits), "--incidents", str(commits * 12 // 100), "--out", folder)
    return folder


def forget(folder):
    shutil.rmtree(folder / "annals", ignore_errors=True)


def last(folder):
    """The last commit that said something."""
    said = ("git", "log", "-1", "--format=%H", "--", "incidents/")
    return subprocess.run(said, cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def walks(table, annals, folder, commits, runs):
    """All of history: its events, and ten rules, with nothing remembered."""
    git = lambda: run(*LOG, folder=folder)[0]
    memory = []

    def events():
        forget(folder)
        seconds, most = run(annals, "events", "--format", "json", *LATER, folder=folder)
        memory.append(most)
        return seconds

    def replay():
        forget(folder)
        return run(annals, "replay", *RULES, *LATER, folder=folder)[0]
    table.row(f"events over {commits} commits ÷ {' '.join(LOG)}", compared(runs, events, git), 1.5)
    table.note("memory of events for each commit", f"{min(memory) / commits / 1024:6.2f} KiB")
    table.row(f"replay of ten rules over {commits} commits ÷ {' '.join(LOG)}", compared(runs, replay, git), 1.5)


def last_commit(annals, folder):
    """What evaluates the last commit that said something, with ten rules and the state that those before it left."""
    commit, state = last(folder), folder / "state.json"
    head = ("git", "symbolic-ref", "HEAD")
    branch = subprocess.run(head, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    state.unlink(missing_ok=True)
    run("git", "update-ref", branch, f"{commit}~", folder=folder)
    run(annals, "replay", *RULES, *LATER, "--state", state, folder=folder)
    run("git", "update-ref", branch, commit, folder=folder)
    left = state.read_bytes()

    def go_on():
        state.write_bytes(left)
        return run(annals, "replay", *RULES, *LATER, "--state", state, folder=folder)[0]
    return go_on


def histories(table, annals, scratch, commits, runs):
    few, many = max(commits // 100, 100), commits
    table.note("history", "   ratio  goal")
    folders = {commits: history(scratch / f"history-{commits}", commits) for commits in (few, many)}
    walks(table, annals, folders[many], many, runs)
    later, early = (last_commit(annals, folders[commits]) for commits in (many, few))
    table.row(f"one commit with carried state, after {many} ÷ after {few} commits", compared(4 * runs, later, early), 2)


if __name__ == "__main__":
    perform(__doc__, "commits", 100_000, histories)
