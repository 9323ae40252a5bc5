"""Runs one runner on one workload, and measures it from outside."""

import dataclasses
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import threading

from . import end_state, simulators

MAX_PROBLEMS = 5
SAMPLE_SECONDS = 0.02


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    deploys: int
    concurrency: int
    engines: int = 8
    profile: str = "zero"
    mutation_ms: float | None = None
    tags: tuple = ("1",)
    with_proxy: bool = True
    image: str = "registry.example.com/team/shop"
    repeats: int = 1


def percentiles(values):
    """p50, p90, p99 and the largest, of however few values."""
    if not values:
        return {}
    values = sorted(values)

    def at(share):
        return values[min(len(values) - 1, int(share * len(values)))]

    return {"p50": at(.5), "p90": at(.9), "p99": at(.99), "max": values[-1]}


class Peaks(threading.Thread):
    """Notes how many files a process has open at most, and how large it gets:
    what wait4 says of the latter includes our own size before the exec."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._process = pathlib.Path(f"/proc/{pid}")
        self._ended = threading.Event()
        self.files = 0
        self.rss_kib = 0

    def run(self):
        while not self._ended.wait(SAMPLE_SECONDS):
            try:
                self.files = max(self.files,
                                 len(os.listdir(self._process / "fd")))
                status = (self._process / "status").read_text()
            except OSError:
                return
            if found := re.search(r"^VmHWM:\s*(\d+) kB", status, re.M):
                self.rss_kib = max(self.rss_kib, int(found[1]))

    def end(self):
        self._ended.set()
        self.join()


def run_child(command, environment):
    """Runs a command. Returns its status, stdout, stderr, resource usage and
    peaks."""
    with tempfile.TemporaryFile("w+") as out, \
            tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err,
                                   env=environment)
        peaks = Peaks(process.pid)
        peaks.start()
        _, status, usage = os.wait4(process.pid, 0)
        peaks.end()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return (process.returncode, out.read(), err.read(), usage, peaks)


def command_of(runner, workload, sims, extra=()):
    command = [str(runner.program), *runner.arguments]
    for url in sims.engines:
        command += ["--engine", url]
    if workload.with_proxy:
        command += ["--npm", sims.npm, "--traffic", sims.traffic]
    return command + ["--deploys", str(workload.deploys),
                      "--concurrency", str(workload.concurrency),
                      "--image", workload.image,
                      "--tags", ",".join(workload.tags), *extra]


def environment():
    return {**os.environ, "BENCH_NPM_IDENTITY": simulators.IDENTITY,
            "BENCH_NPM_PASSWORD": simulators.PASSWORD}


def measure_once(runner, workload, sims, extra=()):
    """Returns a record of everything that is known about one run."""
    sims.reset()
    status, out, err, usage, peaks = run_child(
        command_of(runner, workload, sims, extra), environment())
    if status != 0:
        raise RuntimeError(f"{runner.name} ended with {status}: {err[-2000:]}")
    said = json.loads(out.strip().splitlines()[-1])
    engine, npm = sims.statistics()
    record = describe(runner, workload, said, usage, peaks)
    count_exchanges(record, engine, npm)
    found = end_state.problems_of(workload, sims)
    record["end_state"] = {"right": not found, "problems": found[:MAX_PROBLEMS]}
    return record


def describe(runner, workload, said, usage, peaks):
    deploys = said["deploys"]
    in_flight = min(workload.concurrency, workload.deploys)
    over_idle = max(0, peaks.rss_kib - said["idle_rss_kib"])
    return {
        "runner": runner.name,
        "version": said["version"],
        "workload": dataclasses.asdict(workload),
        "deploys": deploys,
        "failed": said["failed"],
        "errors": said.get("errors", []),
        "seconds": said["seconds"],
        "deploys_per_second": deploys / max(said["seconds"], 1e-9),
        "duration_ms": percentiles(said["durations_ms"]),
        "durations_ms": sorted(said["durations_ms"]),
        "steps_ms": {name: percentiles(values) for name, values
                     in said.get("steps_ms", {}).items()},
        "cpu_ms_per_deploy": 1e3 * (usage.ru_utime + usage.ru_stime) / deploys,
        "user_ms_per_deploy": 1e3 * usage.ru_utime / deploys,
        "system_ms_per_deploy": 1e3 * usage.ru_stime / deploys,
        "idle_rss_kib": said["idle_rss_kib"],
        "peak_rss_kib": peaks.rss_kib,
        "kib_per_deploy_in_flight": over_idle / in_flight,
        "context_switches_per_deploy":
            (usage.ru_nvcsw + usage.ru_nivcsw) / deploys,
        "open_files": peaks.files,
    }


def count_exchanges(record, engine, npm):
    deploys = record["deploys"]
    kinds = {**engine["exchanges"], **npm["exchanges"]}
    kinds.pop("total")
    total = engine["exchanges"]["total"] + npm["exchanges"]["total"]
    record["exchanges_per_deploy"] = total / deploys
    record["exchanges"] = kinds
    record["mutations_per_deploy"] = npm["mutations"] / deploys
    record["connections"] = engine["connections"]["peak"] \
        + npm["connections"]["peak"]
    record["cpu_us_per_exchange"] \
        = 1e3 * record["cpu_ms_per_deploy"] * deploys / max(total, 1)


def median_of(records):
    """The record with the median CPU time, its single numbers replaced by the
    medians of all; failures and problems of any run are kept."""
    result = dict(sorted(records, key=lambda x: x["cpu_ms_per_deploy"])
                  [len(records) // 2])
    for key, value in result.items():
        if isinstance(value, float):
            result[key] = statistics.median(x[key] for x in records)
    result["duration_ms"] = {
        key: statistics.median(x["duration_ms"].get(key, 0) for x in records)
        for key in result["duration_ms"]}
    result["failed"] = max(x["failed"] for x in records)
    for x in records:
        if not x["end_state"]["right"]:
            result["end_state"] = x["end_state"]
    result["runs"] = len(records)
    return result


@dataclasses.dataclass(frozen=True)
class Runner:
    name: str
    program: pathlib.Path
    # What else there is once it is built.
    needs: pathlib.Path = pathlib.Path("/")
    arguments: tuple = ()

    def is_there(self):
        return os.access(self.program, os.X_OK) and self.needs.exists()


def runners_of(root, programs):
    """All runners, by name, whether they are built or not."""
    peers = root / "bench" / "peers"
    return {x.name: x for x in (
        Runner("watcher", programs / "watcher-runner"),
        # The same with all work recorded.
        Runner("journal", programs / "watcher-runner",
               arguments=("--journal",)),
        Runner("floor", programs / "floor"),
        Runner("go", programs / "go-runner"),
        Runner("node", peers / "node" / "run", peers / "node" / "node_modules"),
        Runner("shell", peers / "shell" / "run"),
    )}
