"""Has a server do all kinds of work for a long time, and watches its size.

What a server keeps has limits: 10,000 events for readers that come back, 500
reports, the history of each stage. Once these are full, memory, descriptors
and threads must stay as they are, and nothing that was accepted may be lost.
"""

import collections
import http.client
import json
import pathlib
import random
import socket
import statistics
import tempfile
import time

from . import model, simulators
from .server import (HOOK, HOOK_SECRET, PATIENCE_SECONDS, PROJECT, Reports,
                     Server, stage_lines)

STAGES = 10
SETTINGS = ["keep: 1", 'auto_deploy: {tags: "w*"}']
# After so much work all that is kept has reached its limit.
SETTLED = 1200
FAULT_RATE = 0.01
MOST_OPEN = 30
READERS, DEAF_READERS = 20, 4
# How much more there may be in the last third of the time than in the first
# one after that.
MEMORY_GROWTH, MEMORY_SLACK_KIB = 0.05, 1024
FILES_SLACK = 10

PATHS = ("/v1/deploys", "/v1/deploys?limit=1000", "/v1/stages", "/v1/drift",
         "/v1/routes", "/metrics", "/readyz", "/healthz",
         f"/v1/stages/{PROJECT}/s1", f"/v1/stages/{PROJECT}/s2/plan",
         f"/v1/stages/{PROJECT}/s3/logs", "/v1/deploys?stage=s4&limit=5",
         "/v1/deploys/ffffffffffff", "/v1/nothing")
ACTIONS = (("deploy", 60), ("bad deploy", 10), ("rollback", 12), ("push", 6),
           ("restart", 4), ("stop", 2), ("start", 4), ("retire", 2),
           ("remove", 2), ("cancel", 4))


class Soak:
    def __init__(self, program, sims, directory, rate, seed):
        self._sims = sims
        self._rate = rate
        self._random = random.Random(seed)
        self._stages = [model.Stage(f"s{x}", 1, x % 2 == 0)
                        for x in range(STAGES)]
        self.server = Server(
            program, directory, sims,
            "".join(stage_lines(x.name, SETTINGS, x.has_domain)
                    for x in self._stages), level="warning")
        self._open = collections.deque()
        self._readers = collections.deque()
        self._deaf = collections.deque()
        self.outcomes = collections.Counter()
        self.requests = collections.Counter()
        self.samples = []
        self.settled_at = None

    # -- what clients do -----------------------------------------------------

    def _submit(self):
        action = self._random.choices([x for x, _ in ACTIONS],
                                      [x for _, x in ACTIONS])[0]
        stage = self._random.choice(self._stages).name
        work = {"stage": f"{PROJECT}/{stage}", "action": action}
        if action == "push":
            self._push(stage)
            return
        if action in ("deploy", "bad deploy", "cancel"):
            work["action"] = "deploy"
            work["tag"] = self._random.choice(("1", "2", "3"))
        if action == "bad deploy":
            work["tag"] = self._random.choice(("missing", "exits", "sick"))
        deploy_id = self.server.submit(**work)
        if deploy_id is None:
            raise RuntimeError(f"{work} was refused")
        self._open.append(deploy_id)
        if action == "cancel":
            self.server.ask("POST", f"/v1/deploys/{deploy_id}/cancel")

    def _push(self, stage):
        """A registry tells of a new image, once to all stages."""
        tag = f"w{self._random.randrange(3)}"
        event = {"id": str(self._random.random()), "action": "push",
                 "target": {"repository": "team/shop", "tag": tag},
                 "request": {"host": "registry.example.com"}}
        status, answer, _ = self.server.ask(
            "POST", f"/v1/hooks/{HOOK}", {"events": [event]},
            {"Authorization": f"Bearer {HOOK_SECRET}"})
        if status not in (200, 202):
            raise RuntimeError(f"a push was answered {status}: {answer}")
        self._open.extend(x["deploy_id"] for x in answer["items"]
                          if "deploy_id" in x)

    def _look(self):
        path = self._random.choice(PATHS)
        status, _, _ = self.server.ask("GET", path)
        self.requests[status] += 1
        if status >= 500 and status != 502:
            raise RuntimeError(f"{path} was answered {status}")

    def _read_events(self):
        """A reader comes, and another one goes."""
        reader = self.server.connect()
        reader.request("GET", "/v1/events")
        self._readers.append(reader)
        if len(self._readers) > READERS:
            self._readers.popleft().close()

    def _read_nothing(self):
        """A reader comes that takes nothing of what it asks for."""
        reader = socket.socket(socket.AF_UNIX)
        reader.connect(self.server.socket_path)
        reader.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        self._deaf.append(reader)
        if len(self._deaf) > DEAF_READERS:
            self._deaf.popleft().close()

    # -- the time ------------------------------------------------------------

    def run(self, seconds):
        self.server.start()
        self._reports = Reports(self.server)
        began = time.monotonic()
        second = 0
        while second < seconds:
            # Faster until all that is kept is full.
            rate = self._rate * (1 if self.settled_at else 2)
            for number in range(rate):
                self._collect()
                if len(self._open) < MOST_OPEN:
                    self._submit()
                self._look()
                pause = began + second + (number + 1) / rate \
                    - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
            self._read_events()
            if second % 20 == 0:
                self._read_nothing()
            self._sample(second)
            second = max(second + 1, int(time.monotonic() - began))
        self._drain()

    def _collect(self):
        """Takes note of what has ended."""
        for deploy_id in [x for x in self._open if self._reports.find(x)]:
            report = self._reports.find(deploy_id)
            self.outcomes[report["outcome"]] += 1
            self._open.remove(deploy_id)
            self._reports.forget([deploy_id])

    def _sample(self, second):
        done = sum(self.outcomes.values())
        if done >= SETTLED and self.settled_at is None:
            self.settled_at = second
        usage = self.server.usage()
        journal = sum(x.stat().st_size for x
                      in (self.server.directory / "state").iterdir()
                      if x.name.startswith("journal"))
        self.samples.append({"second": second, "done": done,
                             "journal_kib": journal // 1024, **usage})

    def _drain(self):
        """Waits for the end of what is under way."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._open and time.monotonic() < deadline:
            time.sleep(0.1)
            self._collect()
        if self._open:
            raise RuntimeError(f"{len(self._open)} deploys have no end")
        for x in [*self._readers, *self._deaf]:
            x.close()

    # -- the end -------------------------------------------------------------

    def problems_at_the_end(self):
        """What is not as it has to be when all is done."""
        for stage in self._stages:
            self._tidy(stage)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            world = model.World(self._sims)
            found = model.problems_of_leaks(self._sims)
            for stage in self._stages:
                stage.take_what_is_there(world)
                found += model.problems_of_stage(self._sims, world, stage)
                if not stage.runs or stage.tag != "1":
                    found.append(f"{stage.name} does not serve")
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def _tidy(self, stage):
        """A deploy that leaves nothing over, in spite of the faults."""
        name = f"{PROJECT}/{stage.name}"
        for work in ({"action": "deploy", "tag": "1"}, {"action": "retire"}):
            for _ in range(10):
                deploy_id = self.server.submit(stage=name, **work)
                report = self._reports.wait_for([deploy_id])[0]
                if report["outcome"] == "deployed" \
                        and not report["leftovers"]:
                    break

    def problems_of_size(self):
        if self.settled_at is None:
            return [f"only {self.samples[-1]['done']} pieces of work were "
                    f"done, and {SETTLED} are needed to tell anything: let it "
                    "run longer"]
        settled = [x for x in self.samples if x["second"] >= self.settled_at]
        third = max(1, len(settled) // 3)
        first, last = settled[:third], settled[-third:]
        found = []
        for key, slack, growth in (
                ("rss_kib", MEMORY_SLACK_KIB, MEMORY_GROWTH),
                ("journal_kib", 1024, 0.2), ("files", FILES_SLACK, 0),
                ("threads", 0, 0)):
            middle = statistics.median if growth else max
            before = middle(x[key] for x in first)
            after = middle(x[key] for x in last)
            if after > before * (1 + growth) + slack:
                found.append(f"{key} grew from {before} to {after}")
        return found

    def figures(self):
        if self.settled_at is None:
            return str(self.samples[-1])
        settled = [x for x in self.samples if x["second"] >= self.settled_at]
        span = {key: f"{min(x[key] for x in settled)}"
                     f"..{max(x[key] for x in settled)}"
                for key in ("rss_kib", "journal_kib", "files", "threads")}
        cpu = self.samples[-1]["cpu_s"] / (self.samples[-1]["second"] + 1)
        words = ", ".join(f"{key} {value}" for key, value in span.items())
        return (f"{dict(self.outcomes)}; answers {dict(self.requests)}; "
                f"settled after {self.settled_at} s, from then on {words}; "
                f"{100 * cpu:.1f} % of a processor")


def soak(program, programs, minutes, rate, seed):
    """Returns figures, what was wrong, and all samples."""
    with tempfile.TemporaryDirectory(prefix="dw-soak-") as directory, \
            simulators.Simulators(programs, 1, fault_rate=FAULT_RATE,
                                  seed=seed) as sims:
        x = Soak(program, sims, pathlib.Path(directory), rate, seed)
        try:
            x.run(60 * minutes)
            problems = x.problems_of_size() + x.problems_at_the_end()
            status = x.server.stop()
            if status != 0:
                problems.append(f"the server ended with {status}")
            if found := x.server.sanitizer_problem():
                problems.append(found)
        except (RuntimeError, OSError, http.client.HTTPException,
                json.JSONDecodeError) as err:
            problems = [f"{err!r}\n{x.server.log_tail()}"]
        finally:
            if x.server.process and x.server.process.poll() is None:
                x.server.kill()
        return (x.figures() if x.samples else "nothing was done"), problems, \
            x.samples
