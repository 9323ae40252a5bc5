"""Reports as text."""

def number(key, digits):
    """Shows a measure that may be missing."""
    def show(record):
        value = record[key]
        return "-" if value is None else f"{value:.{digits}f}"
    return show


COLUMNS = (
    ("CPU ms/deploy", number("cpu_ms_per_deploy", 3)),
    ("user", number("user_ms_per_deploy", 3)),
    ("system", number("system_ms_per_deploy", 3)),
    ("CPU us/exch.", number("cpu_us_per_exchange", 1)),
    ("exch./deploy", number("exchanges_per_deploy", 2)),
    ("deploys/s", number("deploys_per_second", 0)),
    ("p50 ms", lambda x: f"{x['duration_ms'].get('p50', 0):.1f}"),
    ("p90", lambda x: f"{x['duration_ms'].get('p90', 0):.1f}"),
    ("p99", lambda x: f"{x['duration_ms'].get('p99', 0):.1f}"),
    ("max", lambda x: f"{x['duration_ms'].get('max', 0):.1f}"),
    ("peak MiB", lambda x: f"{x['peak_rss_kib'] / 1024:.1f}"),
    ("KiB/flight", number("kib_per_deploy_in_flight", 1)),
    ("switches", number("context_switches_per_deploy", 1)),
    ("files", lambda x: str(x["open_files"])),
    ("mutations", number("mutations_per_deploy", 2)),
    ("failed", lambda x: str(x["failed"])),
    ("end state", lambda x: "right" if x["end_state"]["right"] else "WRONG"),
)


def table(head, rows):
    """Columns of the width that they need; the first is aligned left."""
    lines = [[str(x) for x in head], *[[str(x) for x in row] for row in rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]),
                   *[x.rjust(w) for x, w in zip(line[1:], widths[1:])]])
        for line in lines)


def title_of(workload):
    proxy = "" if workload["with_proxy"] else ", without a proxy"
    redeploy = f", {len(workload['tags'])} rounds" \
        if len(workload["tags"]) > 1 else ""
    return (f"{workload['name']}: {workload['deploys']} deploys, "
            f"{workload['concurrency']} at a time, {workload['engines']} "
            f"engines, latency {workload['profile']}{redeploy}{proxy}")


def workload_table(runners):
    """One row per measure and one column per runner."""
    names = list(runners)
    rows = [[label, *[show(runners[name]) for name in names]]
            for label, show in COLUMNS]
    text = [title_of(runners[names[0]]["workload"]),
            table(["", *names], rows)]
    for name in names:
        x = runners[name]
        for error in x["errors"][:3]:
            text.append(f"  {name}: {error}")
        for problem in x["end_state"]["problems"]:
            text.append(f"  {name}: {problem}")
    return "\n".join(text)


def steps_table(record):
    rows = [[name, *[f"{x[key]:.1f}" for key in ("p50", "p90", "p99", "max")]]
            for name, x in record["steps_ms"].items()]
    return table(["step", "p50 ms", "p90", "p99", "max"], rows)


def goals_table(judged, skipped=""):
    rows = []
    for goal, value, holds in judged:
        shown = "not measured" if value is None else f"{value:.3g}"
        verdict = skipped or "no" if value is None else \
            "yes" if holds else "NO"
        rows.append([goal.what, goal.goal_text(), shown, verdict])
    return table(["what", "goal", "measured", "holds"], rows)
