"""Has a server deploy for a long time, and watches its memory.

What a server keeps has limits: 10,000 events for readers that come back, 500
reports, the history of each stage. Once these are full, memory must stay as it
is, and nothing may be left open.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import threading
import time

from . import simulators

STAGES = 20
# After so many deploys all that is kept has reached its limit.
SETTLED = 1200
# How much more a server may have at the end than then.
MEMORY_GROWTH = 0.05
PATIENCE_SECONDS = 120


def configuration(sims, socket_path):
    stages = "".join(f"""\
      s{number:06}:
        domains: [s{number:06}.bench.test]
""" for number in range(STAGES))
    return f"""\
engine:
  host: {sims.engines[0]}
proxy:
  url: {sims.npm}/api
  identity: {simulators.IDENTITY}
  secret: ${{BENCH_NPM_PASSWORD}}
  verify_url: {sims.traffic}
server:
  listen: ["unix://{socket_path}"]
  log: {{level: error}}
projects:
  bench:
    image: registry.example.com/team/shop
    tag: "1"
    port: 8080
    drain: 0s
    soak: 0s
    stages:
{stages}"""


class Reports(threading.Thread):
    """Follows the events of a server, and notes how work ended."""

    def __init__(self, socket_path):
        super().__init__(daemon=True)
        self._connection = simulators.UnixConnection(socket_path)
        self._connection.request("GET", "/v1/events")
        self._response = self._connection.getresponse()
        self._changed = threading.Condition()
        self._outcomes = {}
        self._has_ended = False

    def run(self):
        kind = None
        try:
            for line in self._response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "report":
                    self._note(json.loads(value))
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _note(self, report):
        with self._changed:
            self._outcomes[report["deploy_id"]] = report["outcome"]
            self._changed.notify_all()

    def wait_for(self, ids):
        """Waits until all of them have ended. Returns their outcomes."""
        def is_enough():
            return self._has_ended or all(x in self._outcomes for x in ids)

        with self._changed:
            if not self._changed.wait_for(is_enough, PATIENCE_SECONDS) \
                    or self._has_ended:
                raise RuntimeError("the server does not go on")
            return [self._outcomes.pop(x) for x in ids]


def submit(socket_path, stage, tag):
    """Asks for a deploy, more slowly if the server wants that."""
    body = json.dumps({"stage": f"bench/{stage}", "tag": tag})
    while True:
        connection = simulators.UnixConnection(socket_path)
        connection.request("POST", "/v1/deploys", body)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status == 202:
            return answer["deploy_id"]
        if response.status != 429:
            raise RuntimeError(f"{stage}: {answer['detail']}")
        time.sleep(float(response.headers["Retry-After"]))


def usage_of(process):
    """Resident KiB and open files."""
    directory = pathlib.Path(f"/proc/{process.pid}")
    status = (directory / "status").read_text()
    return (int(re.search(r"^VmRSS:\s*(\d+) kB", status, re.M)[1]),
            len(os.listdir(directory / "fd")))


def start(root, directory, sims, socket_path):
    config = directory / "docker-watcher.yml"
    config.write_text(configuration(sims, socket_path))
    environment = {**os.environ,
                   "BENCH_NPM_PASSWORD": simulators.PASSWORD,
                   "DOCKER_WATCHER_STATE": str(directory / "state")}
    process = subprocess.Popen(
        [root / "build" / "release" / "docker-watcher", "-c", config, "serve"],
        stdout=subprocess.PIPE, text=True, env=environment)
    if not process.stdout.readline().startswith("listening"):
        raise RuntimeError("the server did not start")
    return process


def run_rounds(process, socket_path, deploys):
    """Deploys every stage again and again. Returns (deploys, KiB, files) after
    each round, and how many deploys failed."""
    reports = Reports(socket_path)
    reports.start()
    samples = []
    failed = 0
    for number in range(-(-deploys // STAGES)):
        tag = str(1 + number % 2)
        ids = [submit(socket_path, f"s{x:06}", tag) for x in range(STAGES)]
        failed += sum(x != "deployed" for x in reports.wait_for(ids))
        samples.append(((number + 1) * STAGES, *usage_of(process)))
    return samples, failed


def measure_endurance(root, programs, deploys):
    """Returns what was measured, with "problems" that say what is wrong."""
    with tempfile.TemporaryDirectory(prefix="dw-bench-") as name, \
            simulators.Simulators(programs, 1) as sims:
        directory = pathlib.Path(name)
        socket_path = str(directory / "api.sock")
        process = start(root, directory, sims, socket_path)
        try:
            began = time.monotonic()
            samples, failed = run_rounds(process, socket_path, deploys)
            seconds = time.monotonic() - began
            containers = len(sims.containers())
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
    return judge(samples, failed, seconds, containers)


def judge(samples, failed, seconds, containers):
    settled = [x for x in samples if x[0] >= SETTLED]
    share = max(1, len(settled) // 10)
    first = statistics.median(x[1] for x in settled[:share])
    last = statistics.median(x[1] for x in settled[-share:])
    problems = []
    if failed:
        problems.append(f"{failed} deploys failed")
    if last > first * (1 + MEMORY_GROWTH):
        problems.append(f"memory grew from {first} to {last} KiB")
    # Each deploy of a round may have a connection that is kept for a while.
    if settled[-1][2] > settled[0][2] + STAGES:
        problems.append(f"open files grew from {settled[0][2]} "
                        f"to {settled[-1][2]}")
    # What serves, and one that is kept, of each stage.
    if containers != 2 * STAGES:
        problems.append(f"{containers} containers are there, "
                        f"not {2 * STAGES}")
    return {"deploys": samples[-1][0], "seconds": seconds,
            "settled_rss_kib": first, "last_rss_kib": last,
            "open_files": samples[-1][2], "problems": problems,
            "samples": samples}
