"""A random walk: work, faults, kills and what others do, one step after the
other, and after each of them everything has to be as a model says.

The same seed makes the same choices. A fault is meant for one exchange of a
known kind, and a kill comes while such an exchange waits for its answer, so
that a walk that has found something finds it again.
"""

import http.client
import json
import pathlib
import random
import tempfile
import time
import urllib.parse

from . import model, simulators
from .end_state import INSTANCE
from .server import PATIENCE_SECONDS, PROJECT, Reports, Server, stage_lines

TAGS = ("1", "2", "3", "v4")
BAD_TAGS = ("missing", "exits", "sick")
NPM_EXCHANGES = ("host_create", "host_update", "host_delete")
# What each kind of work may change.
EXCHANGES = {
    "deploy": ("pull", "create", "start", "stop", "rename", "remove",
               "host_create", "host_update"),
    "rollback": ("create", "start", "stop", "rename", "remove", "host_update"),
    "start": ("start", "host_update"),
    "stop": ("stop", "remove", "host_update"),
    "restart": ("restart", "host_update"),
    "retire": ("stop", "remove"),
    "remove": ("remove", "stop", "host_delete"),
}
# How long it may take until what others did is repaired.
REPAIR_SECONDS = 30
# Between two looks; the server takes 50 requests a second.
PAUSE_SECONDS = 0.04


class Lost(Exception):
    """Something is not as it has to be."""


def wait_until(what, is_true, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise Lost(f"waited {seconds} s for {what}")
        time.sleep(PAUSE_SECONDS)


class Walk:
    def __init__(self, program, sims, directory, seed, say):
        self._sims = sims
        self._random = random.Random(seed)
        self._say = say
        self.stages = [model.Stage("s0", 1, True), model.Stage("s1", 2, True),
                       model.Stage("s2", 1, False)]
        self._server = Server(
            program, directory, sims,
            stage_lines("s0") + stage_lines("s1", ["keep: 2", "soak: 1s"])
            + stage_lines("s2", has_domain=False))
        self._reports = None
        self._outcomes = {}  # by stage: {id: outcome}, in order
        self.counts = {}
        self._make_others()
        self._foreign = model.World(sims).foreign()

    # -- what is not ours ----------------------------------------------------

    def _make_others(self):
        engine = self._sims.engines[0]
        simulators.ask(engine, "/images/create?fromImage=other&tag=1", "POST")
        made = simulators.ask(
            engine, "/containers/create?name=other", "POST",
            {"Image": "other:1", "Labels": {"app": "other"}})
        simulators.ask(engine, f"/containers/{made['Id']}/start", "POST")
        self._ask_proxy("POST", "", {
            "domain_names": ["other.example.com"], "forward_port": 8080,
            "forward_host": "127.0.0.1", "forward_scheme": "http"})

    def _ask_proxy(self, method, path, body=None):
        """Somebody changes something in Nginx Proxy Manager."""
        login = simulators.ask(
            self._sims.npm, "/api/tokens", "POST",
            {"identity": simulators.IDENTITY, "secret": simulators.PASSWORD})
        simulators.ask(self._sims.npm, f"/api/nginx/proxy-hosts{path}", method,
                       body, {"Authorization": f"Bearer {login['token']}"})

    # -- the server ----------------------------------------------------------

    def start(self):
        self._server.start()
        self._reports = Reports(self._server)

    def stop(self):
        status = self._server.stop()
        if status != 0:
            raise Lost(f"the server ended with {status}: "
                       f"{self._server.log_tail()}")

    def check_sanitizers(self):
        if problem := self._server.sanitizer_problem():
            raise Lost(problem)

    def log_tail(self):
        return self._server.log_tail()

    def end(self):
        if self._server.process and self._server.process.poll() is None:
            self._server.kill()

    def _record(self, deploy_id):
        status, record, _ = self._server.ask("GET", f"/v1/deploys/{deploy_id}")
        if status != 200:
            raise Lost(f"deploy {deploy_id} is not known: {record}")
        return record

    def _await_report(self, deploy_id):
        def has_ended():
            return "report" in self._record(deploy_id)

        wait_until(f"the end of {deploy_id}", has_ended)
        return self._record(deploy_id)["report"]

    def _await_rest(self):
        """Until no work is under way, ours or the server's own."""
        def is_at_rest():
            _, answer, _ = self._server.ask("GET", "/v1/deploys?limit=100")
            return all("report" in x for x in answer["items"])

        wait_until("the server to be at rest", is_at_rest)

    # -- steps ---------------------------------------------------------------

    def step(self):
        """Does something. Returns what, in words."""
        deeds = [(self._work, 4), (self._work_with_faults, 4),
                 (self._interrupted_work, 6), (self._cancelled_work, 3),
                 (self._others_touch_container, 3),
                 (self._others_touch_host, 2), (self._restart_engine, 1),
                 (self._restart_server, 1)]
        deed = self._random.choices([x for x, _ in deeds],
                                    [x for _, x in deeds])[0]
        self.counts[deed.__name__.strip("_")] = \
            self.counts.get(deed.__name__.strip("_"), 0) + 1
        deed()

    def _choose_work(self):
        """A piece of work that makes sense, and the stage."""
        stage = self._random.choice(self.stages)
        choices = ["deploy"] * 6
        if stage.is_unclear:
            choices += ["remove"] * 6
        elif stage.serving:
            choices += ["rollback"] * 3 + ["remove", "retire"]
            if stage.runs and not stage.is_lost:
                choices += ["stop", "restart"]
            elif not stage.is_lost:
                choices += ["start"] * 4
        work = {"stage": f"{PROJECT}/{stage.name}",
                "action": self._random.choice(choices)}
        if work["action"] == "deploy":
            is_bad = self._random.random() < 0.25
            work["tag"] = self._random.choice(BAD_TAGS if is_bad else TAGS)
        if work["action"] in ("deploy", "rollback") \
                and self._random.random() < 0.2:
            work["skip_drain"] = True
        return stage, work

    def _choose_exchange(self, work):
        kind = self._random.choice(EXCHANGES[work["action"]])
        url = self._sims.npm if kind in NPM_EXCHANGES \
            else self._sims.engines[0]
        return url, kind, self._random.random() < 0.5

    def _submit(self, work):
        deploy_id = self._server.submit(**work)
        if deploy_id is None:
            raise Lost(f"{work} was refused")
        return deploy_id

    def _work(self):
        stage, work = self._choose_work()
        self._say(words_of(work))
        before = model.World(self._sims).snapshot(stage)
        report = self._await_report(self._submit(work))
        self._account(stage, work, report, before, must_succeed=True)

    def _work_with_faults(self):
        stage, work = self._choose_work()
        url, kind, is_done = self._choose_exchange(work)
        what = self._random.choice(("refuse", "close"))
        count = self._random.choice((1, 1, 2))
        self._say(f"{words_of(work)}; {count} x {kind}: {what}"
                  f"{', but done' if is_done else ''}")
        before = model.World(self._sims).snapshot(stage)
        self._sims.plan_fault(url, kind, what, is_done, count)
        report = self._await_report(self._submit(work))
        self._sims.release()
        self._account(stage, work, report, before)

    def _begin_held(self):
        """Begins work of which one exchange gets no answer."""
        stage, work = self._choose_work()
        url, kind, is_done = self._choose_exchange(work)
        before = model.World(self._sims).snapshot(stage)
        served = stage.serving and stage.runs \
            and not stage.is_lost and not stage.is_unclear
        self._sims.plan_fault(url, kind, "hold", is_done)
        deploy_id = self._submit(work)
        wait_until("an exchange or the end", lambda: self._sims.held()
                   or self._reports.find(deploy_id))
        if served and stage.has_domain \
                and work["action"] in ("deploy", "rollback"):
            problems = model.problems_while_working(
                self._sims, model.World(self._sims), stage)
            if problems:
                raise Lost("; ".join(problems))
        where = f"{kind}{', which was done' if is_done else ''}" \
            if self._sims.held() else "its end"
        return stage, work, before, deploy_id, where

    def _interrupted_work(self):
        stage, work, before, deploy_id, where = self._begin_held()
        is_killed = self._random.random() < 0.7
        engine_too = self._random.random() < 0.15
        self._say(f"{words_of(work)}; {'killed' if is_killed else 'ended'} "
                  f"at {where}{', then the engine' if engine_too else ''}")
        if is_killed:
            self._server.kill()
        else:
            self.stop()
        self._sims.release()
        if engine_too:
            self._sims.restart_engine()
            before = None
        self.start()
        report = self._await_report(deploy_id)
        self._await_rest()
        self._account(stage, work, report, before)

    def _cancelled_work(self):
        stage, work, before, deploy_id, where = self._begin_held()
        self._say(f"{words_of(work)}; cancelled at {where}")
        status, _, _ = self._server.ask("POST",
                                        f"/v1/deploys/{deploy_id}/cancel")
        if status not in (202, 404):
            raise Lost(f"cancel was answered with {status}")
        self._sims.release()
        report = self._await_report(deploy_id)
        self._account(stage, work, report, before)
        stage.is_untidy = report["outcome"] == "deployed"

    def _others_touch_container(self):
        stage = self._random.choice(self.stages)
        deed = self._random.choice(("stop", "kill", "remove", "remove kept"))
        found = model.World(self._sims).containers_of(stage)
        kept = sorted(x["id"] for instance, x in found.items()
                      if instance != stage.serving
                      and instance not in stage.left)
        self._say(f"somebody else: {deed} {stage.name}")
        if deed == "remove kept":
            if kept:
                self._sims.act(self._random.choice(kept), "remove")
        elif stage.serving in found:
            self._sims.act(found[stage.serving]["id"], deed)
            self._account_for_others(stage, deed)

    def _account_for_others(self, stage, deed):
        if stage.left and deed == "stop":
            stage.is_unclear = True  # the old one gets the requests
        stage.is_untidy = stage.is_untidy or bool(stage.left)
        if deed == "remove" and stage.left:
            # What runs of the stage gets its requests then.
            instance = stage.left.pop(0)
            tag = model.World(self._sims).containers_of(stage)[instance][
                "labels"][model.TAG]
            stage.serves(instance, tag)
        elif deed == "remove" and stage.has_domain:
            stage.is_lost = True
            stage.runs = False
        elif deed == "remove":
            stage.is_vague = True
        elif deed == "stop":
            stage.runs = False

    def _others_touch_host(self):
        stage = self._random.choice([x for x in self.stages if x.has_domain])
        host = model.World(self._sims).host_of(stage)
        deed = self._random.choice(("disable", "delete", "edit"))
        self._say(f"somebody else: {deed} the route of {stage.name}")
        if not host:
            return
        if deed == "disable":
            self._ask_proxy("POST", f"/{host['id']}/disable")
        elif deed == "edit":
            self._ask_proxy("PUT", f"/{host['id']}",
                            {"forward_port": 4242, "forward_host": "10.0.0.1"})
        elif stage.runs and not stage.is_lost:
            self._ask_proxy("DELETE", f"/{host['id']}")

    def _restart_engine(self):
        self._say("the engine is restarted")
        self._sims.restart_engine()

    def _restart_server(self):
        self._say("the server is restarted")
        self.stop()
        self.start()

    # -- the model -----------------------------------------------------------

    def _account(self, stage, work, report, before, must_succeed=False):
        """Takes into account how work has ended."""
        outcome = report["outcome"]
        self._outcomes.setdefault(stage.name, {})[report["deploy_id"]] = outcome
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        self._say(f"    {outcome}"
                  + (f": {report['error']['text']}" if report["error"] else "")
                  + "".join(f"; {x}" for x in report["leftovers"]))
        is_bad = work.get("tag") in BAD_TAGS
        # There may be nothing to go back to, or nobody to retire others for.
        has_reason = is_bad or work["action"] == "rollback" \
            or (work["action"] == "retire" and stage.is_lost)
        if outcome == "deployed":
            if is_bad:
                raise Lost(f"tag {work['tag']} was deployed")
            self._account_for_success(stage, work, report)
        elif report["leftovers"]:
            stage.is_unclear = True  # which was told
        elif must_succeed and not has_reason:
            raise Lost(f"it has {outcome} without a reason")
        elif before is not None and not stage.is_unclear \
                and work["action"] in ("deploy", "rollback"):
            self._check_unchanged(stage, before)
        elif work["action"] not in ("deploy", "rollback"):
            stage.is_vague = True
            stage.is_unclear = work["action"] == "remove"

    def _check_unchanged(self, stage, before):
        now = None

        def is_same():
            nonlocal now
            now = model.World(self._sims).snapshot(stage)
            return model.is_unchanged(before, now)

        try:
            wait_until("what was before", is_same, REPAIR_SECONDS)
        except Lost:
            raise Lost(f"a failure has changed {stage.name}:\n"
                       f"  before {before}\n  now    {now}") from None

    def _account_for_success(self, stage, work, report):
        action = work["action"]
        was_running = stage.runs and not stage.is_lost
        if action in ("deploy", "rollback"):
            found = model.World(self._sims).containers_of(stage)
            old = [stage.serving] if was_running else []
            stays = [x for x in (found if stage.is_unclear
                                 else old + stage.left)
                     if found.get(x, {}).get("state") == "running"]
            if action == "deploy" and report["tag"] != work["tag"]:
                raise Lost(f"{report['tag']} was deployed")
            stage.serves(report["instance_id"], report["tag"])
            stage.is_unclear = False
            stage.is_untidy = bool(report["leftovers"]) \
                or stage.is_untidy and "skip_drain" in work
            stage.left = [x for x in stays if x != stage.serving]
            if stage.left and not report["leftovers"]:
                raise Lost(f"{stage.left} still run, which was not told")
        elif action == "remove":
            stage.forget()
            stage.is_unclear = False
        elif action == "retire":
            stage.is_unclear = bool(report["leftovers"])  # broken off
            stage.left = []
        else:
            stage.runs = action != "stop"
            if action == "stop":
                stage.left = []
            # Without a route the newest container is taken for the stage's.
            stage.is_vague = not stage.has_domain

    # -- checking ------------------------------------------------------------

    def check(self):
        """@raises Lost if something is wrong that does not pass."""
        self._await_rest()
        deadline = time.monotonic() + REPAIR_SECONDS
        while problems := self._problems():
            if time.monotonic() > deadline:
                raise Lost("\n".join(problems))
            time.sleep(PAUSE_SECONDS)
        for stage in self.stages:
            stage.is_vague = False
        self._check_history()
        self.check_sanitizers()

    def _problems(self):
        world = model.World(self._sims)
        found = model.problems_of_leaks(self._sims)
        for stage in self.stages:
            if stage.is_unclear:
                continue
            if stage.is_vague:
                stage.take_what_is_there(world)
            found += model.problems_of_stage(self._sims, world, stage)
        if world.foreign() != self._foreign:
            found.append("what is not ours was changed")
        if found:
            return found
        for stage in self.stages:
            if not stage.is_unclear:
                found += self._status_problems(world, stage)
        return found + self._drift_problems()

    def _status_problems(self, world, stage):
        status, answer, _ = self._server.ask(
            "GET", f"/v1/stages/{PROJECT}/{stage.name}")
        if status != 200:
            return [f"the state of {stage.name} is not told: {answer}"]
        told = {x["id"]: x["role"] for x in answer["items"]
                if x["type"] == "container"}
        there = world.containers_of(stage)
        if set(told) != {x["id"] for x in there.values()}:
            return [f"{stage.name}: status tells of other containers"]
        if stage.runs and stage.serving in there \
                and told[there[stage.serving]["id"]] != "serves":
            return [f"{stage.name}: status says {told}"]
        return []

    def _drift_problems(self):
        status, answer, _ = self._server.ask("GET", "/v1/drift")
        if status != 200:
            return [f"drift is not told: {answer}"]
        down = {x.name for x in self.stages
                if x.is_unclear or x.serving and not x.runs}
        return [f"drift: {x['text']}" for x in answer["items"]
                if x["stage"] not in down]

    def _check_history(self):
        for stage in self.stages:
            _, answer, _ = self._server.ask(
                "GET", f"/v1/deploys?project={PROJECT}&stage={stage.name}"
                       "&limit=1000")
            ids = [x["deploy_id"] for x in answer["items"]]
            told = {x["deploy_id"]: x["report"]["outcome"]
                    for x in answer["items"]}
            if len(told) != len(ids):
                raise Lost(f"{stage.name}: the history has an id twice")
            ours = list(self._outcomes.get(stage.name, {}).items())[-20:]
            for deploy_id, outcome in ours:
                if told.get(deploy_id) != outcome:
                    raise Lost(f"{deploy_id} was {outcome}, and the history "
                               f"says {told.get(deploy_id)}")
        if self._reports.repeated:
            raise Lost(f"told twice: {self._reports.repeated}")


def words_of(work):
    words = [work["action"], work["stage"]]
    if "tag" in work:
        words.append(work["tag"])
    if "skip_drain" in work:
        words.append("without a drain")
    return " ".join(words)


def walk(program, programs, seed, steps, say):
    """Returns what is wrong, or nothing, and what was counted."""
    with tempfile.TemporaryDirectory(prefix="dw-walk-") as directory, \
            simulators.Simulators(programs, 1, seed=seed) as sims:
        x = Walk(program, sims, pathlib.Path(directory), seed, say)
        try:
            x.start()
            for number in range(1, steps + 1):
                say(f"{number}: ", end="")
                x.step()
                x.check()
            x.stop()
            x.check_sanitizers()
        except (Lost, RuntimeError, OSError, http.client.HTTPException,
                json.JSONDecodeError) as err:
            return f"{err}\nthe server's log ends with\n{x.log_tail()}", \
                x.counts
        finally:
            x.end()
        return None, x.counts
