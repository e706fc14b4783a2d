#!/usr/bin/env python3
"""What hostile or long input costs at n and at 2 n: whatever somebody commits must cost what its length costs.

    benches/hostile.py [--only PART] [--scale 1.0] [--annals FILE] [--instructions]

For each input and verb: processor time and the most memory held at n and 2 n, less what the same verb costs in an
empty record, and their ratios. Below 2.5 counts as linear. With `--instructions`, Valgrind counts instructions instead
of time, which means the same on any machine and takes thirty times as long (use `--scale 0.1`). Children run under
limits of memory and processor time. Exits with 1 when a ratio is too high; what costs too little to be judged is told
as such.
"""
import argparse, json, os, pathlib, re, resource, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
HIGHEST = 2.5
SECONDS, MEMORY = 300, 8 << 30
NOW = "2026-11-28T00:00:00Z"
HEAD = "title: T\nseverity: high\ndeclared_at: 2026-11-22T07:00:00Z\ndeclared_by: Ana\n"
RULE = "name: R\ntrigger: {type: event, posture: Reactive, match: {prefect.resource.id: 'incident.*'}, expect: [incident.declared]}\nactions: []\n"
I = "incidents/i.yaml"
READ = (["check"], ["build", "--out", "../site"], ["list", "--all", "--format", "json"])
WHOLE = READ + (["show", "i", "--format", "json"], ["report", "i"], ["events"], ["export", "--format", "json"], ["export", "--format", "csv", "--entries"], ["stats"])
CHECK = (["check"],)
INPUTS = {}


def hostile(n, verbs=WHOLE):
    """Registers what makes the files of a record that is hostile in one way."""
    return lambda make: INPUTS.setdefault(make.__name__, (n, verbs, make))


def at(k):
    return f"2026-11-22T{7 + k // 3600 % 16:02}:{k // 60 % 60:02}:{k % 60:02}.{k // 57600:03}Z"


def incident(entries, head=HEAD):
    return {I: head + "entries:\n" + "".join(f"  - {{id: e{k}, at: {at(k)}, by: B, {entry}}}\n" for k, entry in enumerate(entries))}


def body(text, key="summary"):
    return {I: HEAD + f"{key}: {json.dumps(text)}\n"}


# Entries of one incident.
@hostile(4000)
def comments(n): return incident("comment: c" for _ in range(n))
@hostile(4000)
def comments_of_one_moment(n): return {I: HEAD + "entries:\n" + "".join(f"  - {{id: e{k}, at: 2026-11-22T08:00:00Z, by: B, comment: c}}\n" for k in range(n))}
@hostile(4000)
def entry_files(n): return {"incidents/i.yaml": HEAD, **{f"incidents/i/e{k}.yaml": f"at: {at(k)}\nby: B\ncomment: c\n" for k in range(n)}}
@hostile(4000)
def chained_retractions(n): return incident(["comment: c"] + [f"retract: {{entry: e{k - 1}, reason: r}}" for k in range(1, n)])
@hostile(4000)
def retractions_of_one(n): return incident(["comment: c"] + ["retract: {entry: e0, reason: r}"] * (n - 1))
@hostile(4000)
def corrections_of_one(n): return incident(["comment: c"] + [f"correct: {{entry: e0, reason: r, to: {{at: {at(0)}, by: B, comment: w{k}}}}}" for k in range(1, n)])
@hostile(4000)
def corrections_of_the_declaration(n): return incident(f"correct: {{entry: declaration, reason: r, to: {{at: 2026-11-22T07:00:00Z, by: Ana, update: {{title: t{k}}}}}}}" for k in range(n))
@hostile(2000)
def corrections_apiece(n): return incident(["comment: c"] * n + [f"correct: {{entry: e{k}, reason: r, to: {{at: {at(k)}, by: B, comment: w}}}}" for k in range(n)])
@hostile(2000)
def retractions_of_updates(n): return incident([f"update: {{severity: {('low', 'high')[k % 2]}}}" for k in range(n)] + [f"retract: {{entry: e{k}, reason: r}}" for k in range(n)])
@hostile(2000)
def chained_retractions_of_an_update(n): return incident(["update: {severity: low}"] + [f"retract: {{entry: e{k - 1}, reason: r}}" for k in range(1, n)])
@hostile(2000)
def updates_before_the_last(n): return incident([f"update: {{severity: {('low', 'high')[k % 2]}}}" for k in range(n, 0, -1)])
@hostile(4000)
def redactions_of_one(n): return incident(["comment: c"] + ["redact: {entry: e0, reason: r}"] * (n - 1))
@hostile(2000)
def redactions_apiece(n): return incident(["comment: secret word"] * n + [f"redact: {{entry: e{k}, reason: r}}" for k in range(n)])
@hostile(4000)
def updates_of_one_fact(n): return incident(f"update: {{severity: {('low', 'high')[k % 2]}}}" for k in range(n))
@hostile(4000)
def updates_of_status(n): return incident(f"update: {{status: {('identified', 'monitoring')[k % 2]}}}" for k in range(n))
@hostile(4000)
def reopened(n): return incident(f"update: {{status: {('resolved', 'investigating')[k % 2]}}}" for k in range(n))
@hostile(4000)
def updates_of_summary(n): return incident(f"update: {{summary: s{k}}}" for k in range(n))
@hostile(2000)
def tags_added_one_by_one(n): return incident(f"update: {{tags: {{add: [t{k}]}}}}" for k in range(n))
@hostile(2000)
def tags_added_and_removed(n): return incident(f"update: {{tags: {{add: [t{k}], remove: [t{k - 1}]}}}}" for k in range(n))
@hostile(2000)
def resources_added_one_by_one(n): return incident(f"update: {{resources: {{add: [{{id: r{k}}}]}}}}" for k in range(n))
@hostile(2000)
def links_added_one_by_one(n): return incident(f"update: {{links: {{add: [{{url: 'https://example.com/{k}'}}]}}}}" for k in range(n))
@hostile(2000)
def roles_added_one_by_one(n): return incident(f"update: {{roles: {{r{k}: Bo}}}}" for k in range(n))
@hostile(4000)
def attachments(n): return {**incident(f"attach: {{file: f{k}.txt}}" for k in range(n)), **{f"incidents/i/f{k}.txt": "x" for k in range(n)}}
@hostile(2000)
def redacted_attachments(n): return {**incident([f"attach: {{file: f{k}.txt}}" for k in range(n)] + [f"redact: {{entry: e{k}, reason: r}}" for k in range(n)]), **{f"incidents/i/f{k}.txt": "x" for k in range(n)}}
@hostile(4000)
def duplicate_of_one(n): return incident("duplicate_of: i" for _ in range(n))
@hostile(4000)
def assessments(n): return incident(f"assessment: {{upcoming_runs: {k}}}" for k in range(n))
@hostile(4000)
def pinned(n): return incident("pinned: true, comment: c" for _ in range(n))
@hostile(4000)
def authors(n): return {I: HEAD + "entries:\n" + "".join(f"  - {{id: e{k}, at: {at(k)}, by: B{k}, comment: c}}\n" for k in range(n))}


# Lists of one file.
@hostile(9000)
def tags(n): return {I: HEAD + "tags: [" + ", ".join(f"t{k}" for k in range(n)) + "]\n"}
@hostile(9000)
def resources(n): return {I: HEAD + "resources: [" + ", ".join(f"{{id: r{k}}}" for k in range(n)) + "]\n"}
@hostile(9000)
def links(n): return {I: HEAD + "links: [" + ", ".join(f"{{url: 'https://example.com/{k}'}}" for k in range(n)) + "]\n"}
@hostile(9000)
def roles(n): return {I: HEAD + "roles: {" + ", ".join(f"r{k}: Bo" for k in range(n)) + "}\n"}
@hostile(9000)
def own_keys(n): return {I: HEAD + "".join(f"x-{k}: 1\n" for k in range(n))}


# Faults of one file.
@hostile(9000, READ)
def unknown_keys(n): return {I: HEAD + "".join(f"k{k}: 1\n" for k in range(n))}
@hostile(9000, CHECK)
def unknown_keys_on_one_line(n): return {I: HEAD + "roles: {}\nupdate: {" + ", ".join(f"k{k}: 1" for k in range(n)) + "}\n", "incidents/i/e.yaml": "at: 2026-11-22T08:00:00Z\nby: B\nupdate: {" + ", ".join(f"k{k}: 1" for k in range(n)) + "}\n"}
@hostile(4000, CHECK)
def long_unknown_keys(n): return {I: HEAD + "".join(f"k{k}{'z' * 200}: 1\n" for k in range(n))}
@hostile(2000, CHECK)
def one_long_unknown_key(n): return {I: HEAD + f"{'k' * (n // 4)}: 1\nseverty: {'z' * n * 20}\n"}
@hostile(4000, READ)
def texts_cut_at_comments(n): return {I: HEAD + "entries:\n" + "".join(f"  - id: e{k}\n    at: {at(k)}\n    by: B\n    comment: job #{k}\n" for k in range(n))}
@hostile(4000, READ)
def lists_for_texts(n): return {I: HEAD + "entries:\n" + "".join(f"  - id: e{k}\n    at: {at(k)}\n    by: B\n    comment: [a{k}]\n" for k in range(n))}
@hostile(4000, READ)
def anchors_for_texts(n): return {I: HEAD + "entries:\n" + "".join(f"  - id: e{k}\n    at: {at(k)}\n    by: B\n    comment: &a{k} text\n" for k in range(n))}
@hostile(4000, READ)
def unknown_words(n): return incident(f"update: {{status: s{k}}}" for k in range(n))
@hostile(4000, READ)
def unknown_targets(n): return incident(f"retract: {{entry: x{k}, reason: r}}" for k in range(n))
@hostile(4000, READ)
def bad_times(n): return {I: HEAD + "entries:\n" + "".join(f"  - {{id: e{k}, at: noon, by: B, comment: c}}\n" for k in range(n))}
@hostile(4000, READ)
def duplicate_ids(n): return {I: HEAD + "entries:\n" + "".join(f"  - {{id: e, at: {at(k)}, by: B, comment: c}}\n" for k in range(n))}
@hostile(2000, READ)
def duplicate_incidents(n): return {f"incidents/{k}/i.yaml": HEAD for k in range(n)}
@hostile(2000, READ)
def duplicate_entry_files(n): return {I: HEAD, **{f"incidents/{k}/i/e.yaml": f"at: {at(k)}\nby: B\ncomment: c\n" for k in range(n)}}
@hostile(2000, READ)
def entries_without_incident(n): return {f"incidents/j{k}/e.yaml": f"at: {at(k)}\nby: B\ncomment: c\n" for k in range(n)}
@hostile(2000, READ)
def entries_near_no_incident(n): return {**{f"incidents/2026-11-22-inc{k}.yaml": HEAD for k in range(n)}, **{f"incidents/2026-11-22-inx{k}/e.yaml": f"at: {at(k)}\nby: B\ncomment: c\n" for k in range(n)}}
@hostile(4000, READ)
def missing_attachments(n): return incident(f"attach: {{file: f{k}.txt}}" for k in range(n))
@hostile(4000, READ)
def missing_attachments_near_others(n): return {**incident(f"attach: {{file: f{k}.tx}}" for k in range(n)), **{f"incidents/i/f{k}.txt": "x" for k in range(n)}}
@hostile(4000, READ)
def bad_links(n): return {I: HEAD + "links:\n" + "".join(f"  - {{url: 'javascript:{k}'}}\n" for k in range(n))}
@hostile(4000, READ)
def future_facts(n): return incident("update: {started_at: 2027-01-01T00:00:00Z}" for _ in range(n))
@hostile(4000, READ)
def impossible_facts(n): return incident("update: {mitigated_at: 2020-01-01T00:00:00Z}" for _ in range(n))
@hostile(20000, CHECK)
def carriage_returns(n): return {I: (HEAD + "summary: |\n" + "  a\n" * n).replace("\n", "\r\n")}
@hostile(20000, CHECK)
def duplicate_key_far_down(n): return {I: HEAD + "".join(f"x-{k}: 1\n" for k in range(n)) + "x-0: 2\n"}
@hostile(20000, CHECK)
def aliases(n): return {I: HEAD + "x-a: &a [" + "1," * 9 + "]\nx-b: [" + "*a," * (n // 10) + "]\n"}
@hostile(20000, CHECK)
def anchors(n): return {I: HEAD + "x-a: [" + ",".join(f"&a{k} x" for k in range(n)) + "]\n"}
@hostile(60, CHECK)
def nested_anchors(n): return {I: HEAD + "x-a: " + "".join(f"&a{k} [" for k in range(min(n, 60))) + "1," * n * 200 + "]" * min(n, 60) + "\n"}
@hostile(200_000, CHECK)
def one_long_line(n): return {I: HEAD + 'x-a: "' + "\\n" * n + '"\nkey: 1\n'}
@hostile(200_000, CHECK)
def comment_lines(n): return {I: HEAD + "# x\n" * n}
@hostile(3000, READ)
def broken_files(n): return {f"incidents/b{k}.yaml": "title: [\n" for k in range(n)}
@hostile(3000, READ)
def duplicates_in_a_chain(n): return {f"incidents/i{k}.yaml": HEAD + f"entries:\n  - {{id: e, at: {at(1)}, by: B, duplicate_of: i{k + 1}}}\n" for k in range(n)}
@hostile(3000, READ)
def duplicates_of_unknown(n): return {f"incidents/i{k}.yaml": HEAD + f"entries:\n  - {{id: e, at: {at(1)}, by: B, duplicate_of: j{k}}}\n" for k in range(n)}
@hostile(3000)
def incidents(n): return {"incidents/i.yaml": HEAD, **{f"incidents/2026/a{k}.yaml": HEAD for k in range(n)}}
@hostile(8000, READ)
def files_nobody_reads(n): return {I: HEAD, **{f"incidents/i/f{k}.bin": "x" for k in range(n)}}
@hostile(2000, READ)
def retrospective_follow_ups(n): return {I: HEAD, "incidents/i/retrospective.md": "---\nvisibility: public\nstatus: draft\nfollow_ups:\n" + "".join(f"  - {{title: t{k}, aim: prevent}}\n" for k in range(n)) + "---\nx\n"}
@hostile(4000, READ)
def retrospective_unknown_keys(n): return {I: HEAD, "incidents/i/retrospective.md": "---\nvisibility: public\nstatus: draft\n" + "".join(f"k{k}: 1\n" for k in range(n)) + "---\nx\n"}


# Settings, automations, tests.
@hostile(9000, CHECK)
def settings_unknown_keys(n): return {"annals.yaml": "format: 1\n" + "".join(f"k{k}: 1\n" for k in range(n))}
@hostile(9000, CHECK)
def settings_checks(n): return {"annals.yaml": "format: 1\nchecks:\n" + "".join(f"  c{k}: error\n" for k in range(n))}
@hostile(3000, READ)
def settings_severities(n): return {I: HEAD, "annals.yaml": "format: 1\nseverities: [high, " + ", ".join(f"s{k}" for k in range(n)) + "]\n"}
@hostile(3000, CHECK)
def settings_environment(n): return {"annals.yaml": "format: 1\nenvironment:\n" + "".join(f"  V{k}: {{}}\n" for k in range(n))}
@hostile(2000, (["check"], ["plan", "--base", "HEAD"], ["replay"]))
def automations(n): return {I: HEAD, **{f"automations/r{k}.yaml": RULE.replace("name: R", f"name: R{k}") for k in range(n)}}
@hostile(2000, (["check"], ["plan", "--base", "HEAD"]))
def automations_of_one_name(n): return {f"automations/r{k}.yaml": RULE for k in range(n)}
@hostile(9000, CHECK)
def automation_unknown_keys(n): return {"automations/r.yaml": RULE + "".join(f"k{k}: 1\n" for k in range(n))}
@hostile(4000, CHECK)
def automation_expects(n): return {"automations/r.yaml": RULE.replace("incident.declared", ", ".join(f"incident.x{k}" for k in range(n)))}
@hostile(2000, CHECK)
def automation_afters(n): return {"automations/r.yaml": RULE.replace("expect:", "after: [" + ", ".join(f"a.x{k}" for k in range(n)) + "], expect:").replace("incident.declared", ", ".join(f"b.x{k}" for k in range(n)))}
@hostile(4000, CHECK)
def automation_labels(n): return {"automations/r.yaml": RULE.replace("'incident.*'", "'incident.*', " + ", ".join(f"l{k}: x" for k in range(n)))}
@hostile(4000, CHECK)
def automation_for_each(n): return {"automations/r.yaml": RULE.replace("expect:", "for_each: [" + ", ".join(f"l{k}" for k in range(n)) + "], expect:")}
@hostile(2000, CHECK)
def automation_actions(n): return {"automations/r.yaml": RULE.replace("actions: []", "actions:\n" + "  - {type: do-nothing}\n" * n)}
@hostile(2000, CHECK)
def automation_unknown_actions(n): return {"automations/r.yaml": RULE.replace("actions: []", "actions:\n" + "".join(f"  - {{type: do-{k}}}\n" for k in range(n)))}
@hostile(2000, CHECK)
def automation_children(n): return {"automations/r.yaml": "name: R\ntrigger:\n  type: compound\n  require: any\n  within: 60\n  triggers:\n" + "    - {type: event, posture: Reactive, match: {prefect.resource.id: 'incident.*'}, expect: [incident.declared]}\n" * n + "actions: []\n"}
@hostile(4000, CHECK)
def pattern_of_stars(n): return {I: HEAD, "automations/r.yaml": RULE.replace("incident.*", "incident." + "*a" * n + "b").replace("incident.declared", "incident." + "*a" * n + "b")}
@hostile(4000, (["check"], ["test"]))
def test_unknown_keys(n): return {"automations/r.yaml": RULE, "tests/t.yaml": "- name: t\n" + "".join(f"  k{k}: 1\n" for k in range(n))}
@hostile(2000, (["check"], ["test"]))
def tests_of_one_file(n): return {"automations/r.yaml": RULE, "tests/t.yaml": "".join(f"- {{name: t{k}, given: {{}}}}\n" for k in range(n))}
@hostile(20000, (["test"],))
def cases_of_one_file(n): return {"tests/c.jsonl": "{}\n" * n}


# Bodies.
PAGE = (["check"], ["build", "--out", "../site"], ["report", "i"], ["show", "i"])
for name, n, make in (
    ("div", 20000, lambda n: "<div>\n" * n),
    ("div_inline", 20000, lambda n: "a <span>" * n),
    ("b_title", 1000, lambda n: "<div>" + "".join(f"<b title={k}>" for k in range(n)) + "<p>x" * n),
    ("font", 1000, lambda n: "<div>" + "".join(f"<i id={k}>" for k in range(n)) + "<table><tr><td>x" * n),
    ("nested_a", 2000, lambda n: "<div>" + "".join(f"<a href='/{k}'>" for k in range(n)) + "<p>x" * n),
    ("html_list", 20000, lambda n: "<ul><li>\n" * n),
    ("html_table", 20000, lambda n: "<table><tr><td>\n" * n),
    ("closing_tags", 20000, lambda n: "<div>" + "</p>" * n),
    ("misnested", 5000, lambda n: "<div>" + "<b><p></b>" * n),
    ("svg", 5000, lambda n: "<div><svg>" + "<g>" * n),
    ("template", 5000, lambda n: "<div>" + "<template>" * n),
    ("select", 5000, lambda n: "<div>" + "<select><option>" * n),
    ("attributes", 5000, lambda n: "<div " + " ".join(f"a{k}=1" for k in range(n)) + ">x</div>"),
    ("entities", 50000, lambda n: "<p>" + "&amp;" * n),
    ("unclosed_tag", 50000, lambda n: "<" * n),
    ("unclosed_comment", 20000, lambda n: "a <!-- " * n),
    ("unclosed_cdata", 20000, lambda n: "a <![CDATA[ " * n),
    ("unclosed_instruction", 20000, lambda n: "a <? " * n),
    ("unclosed_declaration", 20000, lambda n: "a <!X " * n),
    ("quotes", 20000, lambda n: "> " * n + "x"),
    ("quote_lines", 1000, lambda n: "".join("> " * min(k, 100) + "x\n\n" for k in range(n))),
    ("lists", 2000, lambda n: "".join("  " * k + "- a\n" for k in range(n // 20)) * 20),
    ("list_markers", 20000, lambda n: "- " * n + "x"),
    ("stars", 50000, lambda n: "*a " * n),
    ("stars_and_underscores", 50000, lambda n: "*a _b " * n),
    ("emphasis_deep", 20000, lambda n: "*" * n + "a" + "*" * n),
    ("emphasis_nested", 10000, lambda n: "*a **a " * n + "b** b*" * n),
    ("brackets", 50000, lambda n: "[" * n),
    ("links", 20000, lambda n: "[a](" * n),
    ("links_nested", 20000, lambda n: "[" * n + "a" + "](b)" * n),
    ("images_nested", 20000, lambda n: "![" * n + "a" + "](b)" * n),
    ("references", 10000, lambda n: "".join(f"[r{k}]: /u\n" for k in range(n)) + "[r1] " * n),
    ("reference_expansion", 10000, lambda n: "[r]: /" + "u" * n + "\n\n" + "[r] " * n),
    ("backticks", 2000, lambda n: " ".join("`" * k for k in range(1, n // 4))),
    ("backtick_pairs", 50000, lambda n: "`a`` " * n),
    ("table_columns", 20000, lambda n: "|" + "a|" * n + "\n|" + "-|" * n + "\n" + "|a\n" * 2),
    ("table_blank_cells", 1000, lambda n: "|" + "a|" * n + "\n|" + "-|" * n + "\n" + "|a|\n" * n),
    ("table_rows", 20000, lambda n: "|a|b|\n|-|-|\n" + "|1|2|\n" * n),
    ("headings", 20000, lambda n: "# a\n\n" * n),
    ("footnotes", 10000, lambda n: "".join(f"[^{k}]: x\n" for k in range(n))),
    ("strikes", 50000, lambda n: "~~a " * n),
    ("long_line", 500_000, lambda n: "x y " * n),
    ("short_lines", 200_000, lambda n: "x\n" * n),
    ("fences", 20000, lambda n: "```\na\n" * n),
    ("autolinks", 20000, lambda n: "<https://example.com/a> " * n),
    ("addresses", 20000, lambda n: "https://example.com/a " * n),
    ("javascript_links", 20000, lambda n: "[a](javascript:x) " * n),
    ("zero_widths", 200_000, lambda n: "\u200b" * n),
    ("setext", 20000, lambda n: "a\n" * n + "===\n"),
    ("backslashes", 200_000, lambda n: "\\*" * n),
):
    INPUTS["body_" + name] = (n, PAGE, lambda n, make=make: body(make(n)))
@hostile(20000, READ)
def title(n): return {I: HEAD.replace("title: T", "title: " + "T " * n)}


# What git holds.
def repository(folder, files):
    (folder / "incidents").mkdir(parents=True)
    git = lambda *a: subprocess.run(["git", *a], cwd=folder, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    git("init", "-q", "-b", "main")
    git("config", "gc.auto", "0")
    files.setdefault("annals.yaml", "format: 1\nsite: {title: T}\n")
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    git("add", "-A")
    git("commit", "-q", "-m", "x")


ENVIRONMENT = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "Ana", "GIT_COMMITTER_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
               "GIT_COMMITTER_EMAIL": "ana@example.com", "GIT_AUTHOR_DATE": NOW, "GIT_COMMITTER_DATE": NOW, "RAYON_NUM_THREADS": "1"}


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def cost(annals, folder, verb, instructions):
    """What a verb costs in a record: processor time (or instructions) and memory. None when it was stopped."""
    command = [annals, *verb, "--now", NOW]
    if instructions:
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *command]
    child = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limit)
    said = child.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        return None, code, said[-200:]
    counted = re.search(r"I\s+refs:\s+([\d,]+)", said)
    work = int(counted[1].replace(",", "")) / 1e9 if counted else usage.ru_utime + usage.ru_stime
    return (work, usage.ru_maxrss / 1024), code, said[-200:]


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", default="")
    words.add_argument("--scale", type=float, default=1.0)
    words.add_argument("--annals", default=str(HERE / "target" / "release" / "annals"))
    words.add_argument("--instructions", action="store_true")
    typed = words.parse_args()
    annals, least = os.path.abspath(typed.annals), (0.3 if typed.instructions else 0.1)
    worst, empty = [], {}
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        repository(home / "empty/r", {I: HEAD})
        for name, (n, verbs, make) in INPUTS.items():
            if not re.search(typed.only, name):
                continue
            n = max(int(n * typed.scale), 2)
            for factor in (1, 2):
                repository(home / f"{name}{factor}/r", make(n * factor))
            for verb in verbs:
                first, key = [], " ".join(verb)
                if key not in empty:
                    cost(annals, home / "empty/r", verb, False)
                    empty[key] = cost(annals, home / "empty/r", verb, typed.instructions)[0] or (0, 0)
                for factor in (1, 2):
                    found, code, said = cost(annals, home / f"{name}{factor}/r", verb, typed.instructions)
                    if found is None:
                        break
                    first.append([max(one - base, 1e-9) for one, base in zip(found, empty[key])])
                shown = f"{name:34} {key[:32]:34} n={n:<8}"
                if len(first) < 2:
                    print(shown, "STOPPED" if code < 0 else f"exit {code}", said.strip().splitlines()[-1:], flush=True)
                    if code < 0:
                        worst.append(shown)
                    continue
                (work, held), (twice, held_twice) = first
                ratios = [twice / work if twice > least else 0, held_twice / held if held_twice > 30 else 0]
                bad = max(ratios) > HIGHEST
                worst += [shown] * bad
                unit = "G" if typed.instructions else "s"
                print(shown, f"{work:7.2f} {twice:7.2f} {unit} x{ratios[0]:4.1f}   {held:6.0f} {held_twice:6.0f} MB x{ratios[1]:4.1f}", "  <<<" if bad else "", flush=True)
            subprocess.run(["rm", "-rf", *(home / f"{name}{factor}" for factor in (1, 2))])
    print(f"{len(worst)} above {HIGHEST}")
    sys.exit(bool(worst))


if __name__ == "__main__":
    main()
