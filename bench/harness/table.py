"""Measures everything that the goals are about."""

import sys

from . import goals, measure, simulators, start_time, text
from .measure import Workload

MANY = Workload("many", 1000, 256, repeats=3)
AGAIN = Workload("again", 1000, 256)
REDEPLOY = Workload("redeploy", 500, 128, tags=("1", "2"))
FEW = Workload("flight-100", 2000, 100, engines=64, profile="measured",
               mutation_ms=0)
ALL = Workload("flight-10000", 10000, 10000, engines=64, profile="measured",
               mutation_ms=0)
# A process per exchange: it would take minutes, and more would show no more.
SHELL = Workload("shell", 48, 16)

QUICK = (Workload("many", 60, 32), Workload("again", 30, 16),
         Workload("redeploy", 20, 8, tags=("1", "2")))


def say(what):
    print(f"dw-bench: {what}", file=sys.stderr, flush=True)


class Session:
    """Runs workloads one after the other, and keeps what came out."""

    def __init__(self, root, programs):
        self.root = root
        self.programs = programs
        self.runners = measure.runners_of(root, programs)
        self.results = {}

    def run(self, workload, names, extra=()):
        found = {}
        with simulators.Simulators(self.programs, workload.engines,
                                   workload.profile,
                                   workload.mutation_ms) as sims:
            records = {name: [] for name in names
                       if self.runners[name].is_there()}
            # In turns, so that a noisy minute is noisy for all.
            for _ in range(workload.repeats):
                for name, kept in records.items():
                    say(f"{workload.name}: {name}")
                    kept.append(measure.measure_once(
                        self.runners[name], workload, sims, extra))
        for name, kept in records.items():
            found[name] = measure.median_of(kept)
        self.results[workload.name] = found
        if found:
            print(text.workload_table(found) + "\n", flush=True)
        return found


def run_again(session, workload):
    """Deploys, then sets all routes once more to what they are."""
    found = session.run(workload, ["watcher"], ["--start-again"])
    for record in found.values():
        mutations = record["mutations_per_deploy"] * record["deploys"]
        record["mutations_per_unchanged_route"] \
            = mutations / workload.deploys - 1


def measure_all(root, programs, quick, known):
    """@returns the results by workload and runner, and the judged goals."""
    session = Session(root, programs)
    session.results.update(known)
    for runners in known.values():
        if all("workload" in x for x in runners.values()):
            print(text.workload_table(runners) + "\n", flush=True)
    if quick:
        many, again, redeploy = QUICK
        session.run(many, ["watcher", "journal", "floor", "go", "node"])
        run_again(session, again)
        session.run(redeploy, ["watcher"])
    else:
        session.run(MANY, ["watcher", "journal", "floor", "go", "node"])
        run_again(session, AGAIN)
        session.run(REDEPLOY, ["watcher", "floor", "go", "node"])
        session.run(SHELL, ["shell"])
        session.run(FEW, ["watcher"])
        session.run(ALL, ["watcher"])
        session.results["start"] = start_time.measure_start(
            root, programs)
    judged = goals.judge_all(session.results)
    print(text.goals_table(judged, "quick" if quick else ""))
    return session.results, judged


# What small numbers can tell: whether it is right, not how fast it is.
QUICK_GOALS = ("changed", "unchanged", "failures")


def all_hold(judged, quick):
    return all(holds for goal, _, holds in judged
               if not quick or goal.name in QUICK_GOALS)
