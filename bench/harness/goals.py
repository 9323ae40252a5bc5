"""What docker-watcher is to reach, and whether it does."""

import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class Goal:
    name: str
    what: str
    limit: float
    unit: str
    value: typing.Callable
    at_least: bool = False

    def judge(self, results):
        """@returns the value (None if it was not measured) and whether it is
        good enough."""
        try:
            value = self.value(results)
        except (KeyError, ZeroDivisionError, ValueError):
            return None, False
        if value is None:
            return None, False
        return value, value >= self.limit if self.at_least \
            else value <= self.limit

    def goal_text(self):
        word = "at least" if self.at_least else "at most"
        return f"{word} {self.limit:g}{self.unit}"


def cpu_against(peer):
    def value(results):
        many = results["many"]
        return (many["watcher"]["cpu_ms_per_deploy"]
                / many[peer]["cpu_ms_per_deploy"])
    return value


def speed_against_go(results):
    many = results["many"]
    return (many["watcher"]["deploys_per_second"]
            / many["go"]["deploys_per_second"])


def growth(results):
    return (results["flight-10000"]["watcher"]["cpu_ms_per_deploy"]
            / results["flight-100"]["watcher"]["cpu_ms_per_deploy"])


def best_peer(results, key):
    return min(key(x) for name, x in results["real"].items()
               if name not in ("watcher", "journal", "floor")
               and not x["failed"])


def real_makespan(results):
    return results["real"]["watcher"]["seconds"] \
        / best_peer(results, lambda x: x["seconds"])


def real_median(results):
    return results["real"]["watcher"]["duration_ms"]["p50"] \
        / best_peer(results, lambda x: x["duration_ms"]["p50"])


def failures(results):
    """Deploys that failed, and end states that are not right, of ours."""
    total = 0
    for runners in results.values():
        x = runners.get("watcher")
        if x and "end_state" in x:
            total += x["failed"] + (0 if x["end_state"]["right"] else 1)
    return total


GOALS = (
    Goal("cpu/go", "CPU per deploy, ours / Go SDK", .5, "",
         cpu_against("go")),
    Goal("cpu/node", "CPU per deploy, ours / dockerode", .15, "",
         cpu_against("node")),
    Goal("cpu/floor", "CPU per deploy, ours / bare libcurl loop", 1.5, "",
         cpu_against("floor")),
    Goal("speed/go", "deploys per second, ours / Go SDK", 1.5, "",
         speed_against_go, at_least=True),
    Goal("cpu/journal", "CPU per deploy, with a journal / without", 1.3, "",
         lambda r: r["many"]["journal"]["cpu_ms_per_deploy"]
         / r["many"]["watcher"]["cpu_ms_per_deploy"]),
    Goal("memory", "peak memory over idle, 10,000 deploys in flight", 24,
         " KiB per deploy",
         lambda r: r["flight-10000"]["watcher"]["kib_per_deploy_in_flight"]),
    Goal("growth", "CPU per deploy, 10,000 in flight / 100 in flight", 1.2, "",
         growth),
    Goal("real/makespan", "real engine, 32 deploys: makespan, ours / best peer",
         1.0, "", real_makespan),
    Goal("real/median", "the same: median deploy time, ours / best peer", .7,
         "", real_median),
    Goal("real/switch", "real engine: from healthy to the proxy's PUT",
         20, " ms", lambda r: r["switch"]["watcher"]["switch_ms"]),
    Goal("start", "whole process, docker-watcher status / docker ps", 1.0, "",
         lambda r: r["start"]["watcher"]["ms"] / r["start"]["docker"]["ms"]),
    Goal("changed", "NPM mutations per changed route", 1, "",
         lambda r: r["many"]["watcher"]["mutations_per_deploy"]),
    Goal("unchanged", "NPM mutations per unchanged route", 0, "",
         lambda r: r["again"]["watcher"]["mutations_per_unchanged_route"]),
    Goal("failures", "failed deploys and wrong end states", 0, "", failures),
)


def judge_all(results):
    """A list of (goal, value or None, holds)."""
    return [(x, *x.judge(results)) for x in GOALS]
