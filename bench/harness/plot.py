"""A report as one HTML page that needs nothing else."""

import html

from . import text

COLOURS = ("#1f77b4", "#7f7f7f", "#2ca02c", "#ff7f0e", "#d62728")
WIDTH, HEIGHT, MARGIN = 640, 280, 48

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;
padding:0 1em;color:#222}pre{overflow-x:auto;background:#f6f6f6;padding:1em}
svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif}"""


def bars(title, unit, values):
    """Horizontal bars. @param values pairs of name and number."""
    largest = max((x for _, x in values), default=0) or 1
    rows = []
    for i, (name, value) in enumerate(values):
        y = 30 + i * 30
        length = (WIDTH - 220) * value / largest
        rows.append(
            f'<text x="80" y="{y + 15}" text-anchor="end">{html.escape(name)}'
            f'</text><rect x="90" y="{y}" width="{length:.1f}" height="20" '
            f'fill="{COLOURS[i % len(COLOURS)]}"/><text x="{96 + length:.1f}" '
            f'y="{y + 15}">{value:.3g} {unit}</text>')
    return (f'<svg viewBox="0 0 {WIDTH} {40 + 30 * len(values)}">'
            f'<text x="0" y="16" font-weight="bold">{html.escape(title)}'
            f'</text>{"".join(rows)}</svg>')


def distribution(title, series):
    """How many deploys were done after how long, in percent.
    @param series pairs of name and sorted durations in ms."""
    largest = max((xs[-1] for _, xs in series if xs), default=0) or 1
    inner_width, inner_height = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    parts = []
    for i, (name, xs) in enumerate(series):
        points = " ".join(
            f"{MARGIN + inner_width * x / largest:.1f},"
            f"{HEIGHT - MARGIN - inner_height * (j + 1) / len(xs):.1f}"
            for j, x in enumerate(xs) if j % max(1, len(xs) // 400) == 0)
        colour = COLOURS[i % len(COLOURS)]
        parts.append(f'<polyline fill="none" stroke="{colour}" '
                     f'stroke-width="2" points="{points}"/><text x="{MARGIN}" '
                     f'y="{MARGIN + 16 * i}" fill="{colour}">'
                     f'{html.escape(name)}</text>')
    base = HEIGHT - MARGIN
    axis = (f'<path stroke="#999" fill="none" d="M{MARGIN} {MARGIN}V{base}'
            f'H{WIDTH - MARGIN}"/><text x="{WIDTH - MARGIN}" y="{base + 18}" '
            f'text-anchor="end">{largest:.0f} ms</text>'
            f'<text x="{MARGIN - 6}" y="{base}" text-anchor="end">0</text>'
            f'<text x="{MARGIN - 6}" y="{MARGIN + 4}" text-anchor="end">100 %'
            '</text>')
    return (f'<svg viewBox="0 0 {WIDTH} {HEIGHT}"><text x="0" y="16" '
            f'font-weight="bold">{html.escape(title)}</text>{axis}'
            f'{"".join(parts)}</svg>')


def page(results, judged):
    parts = ["<!doctype html><html lang=en><meta charset=utf-8>"
             "<title>docker-watcher benchmark</title>"
             f"<style>{STYLE}</style><h1>docker-watcher benchmark</h1>"]
    if judged:
        parts.append(f"<pre>{html.escape(text.goals_table(judged))}</pre>")
    for runners in results.values():
        measured = {name: x for name, x in runners.items() if "workload" in x}
        if not measured:
            continue
        first = next(iter(measured.values()))
        parts.append(f"<h2>{html.escape(text.title_of(first['workload']))}"
                     "</h2>")
        parts.append(bars("CPU per deploy", "ms", [
            (name, x["cpu_ms_per_deploy"]) for name, x in measured.items()]))
        parts.append(bars("deploys per second", "", [
            (name, x["deploys_per_second"]) for name, x in measured.items()]))
        parts.append(distribution("deploys done after", [
            (name, x["durations_ms"]) for name, x in measured.items()]))
        parts.append(f"<pre>{html.escape(text.workload_table(measured))}"
                     "</pre>")
    return "".join(parts)
