"""Measures on a real engine and a real proxy: those of tests/support/env,
inside of which dw-bench runs this."""

import base64
import dataclasses
import json
import os
import pathlib
import statistics
import threading
import time
import urllib.parse

from . import end_state, measure, simulators

DEPLOYS = 32
IMAGE = "shop-ports"
TAG = "v1"
SWITCHES = 9
PUTS = 12
POLL_SECONDS = 0.002

LABEL = end_state.PROJECT + "=bench"


def registry_auth():
    password = os.environ["DW_TEST_REGISTRY_PASSWORD_FILE"]
    login = {"username": os.environ["DW_TEST_REGISTRY_USERNAME"],
             "password": pathlib.Path(password).read_text().strip(),
             "serveraddress": os.environ["DW_TEST_REGISTRY"]}
    return base64.urlsafe_b64encode(json.dumps(login).encode()).decode()


class Servers:
    """What the environment's variables name, with the simulators' members."""

    def __init__(self):
        self.engines = [os.environ["DOCKER_HOST"]]
        api = os.environ["DW_TEST_NPM_URL"]
        self.npm = api.removesuffix("/api")
        self.traffic = os.environ["DW_TEST_NPM_TRAFFIC_URL"]
        self.image = os.environ["DW_TEST_REGISTRY"] + "/" + IMAGE
        self._token = self.call_npm("POST", "/tokens", {
            "identity": os.environ["DW_TEST_NPM_IDENTITY"],
            "secret": os.environ["DW_TEST_NPM_SECRET"]}, None)["token"]

    def environment(self):
        return {**os.environ,
                "BENCH_NPM_IDENTITY": os.environ["DW_TEST_NPM_IDENTITY"],
                "BENCH_NPM_PASSWORD": os.environ["DW_TEST_NPM_SECRET"],
                "BENCH_REGISTRY_AUTH": registry_auth()}

    def call_npm(self, method, path, body=None, token=""):
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = simulators.connection_to(self.npm)
        connection.request(method, "/api" + path,
                           json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text}")
        return json.loads(text)

    def call_engine(self, method, path):
        connection = simulators.connection_to(self.engines[0])
        connection.request(method, "/v1.41" + path)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return json.loads(text) if text else None

    def containers(self):
        filters = urllib.parse.quote(json.dumps({"label": [LABEL]}))
        return self.call_engine("GET",
                                f"/containers/json?all=1&filters={filters}")

    def hosts(self):
        return [x for x in self.call_npm("GET", "/nginx/proxy-hosts")
                if x["meta"].get(end_state.PROJECT) == "bench"]

    def clear(self):
        for x in self.hosts():
            self.call_npm("DELETE", f"/nginx/proxy-hosts/{x['id']}")
        for x in self.containers():
            self.call_engine("DELETE", f"/containers/{x['Id']}?force=1")

    def problems_of(self, workload):
        running = {x["Labels"].get(end_state.INSTANCE): x
                   for x in self.containers() if x["State"] == "running"}
        found = []
        if len(running) != workload.deploys:
            found.append(f"{len(running)} containers run")
        hosts = self.hosts()
        if len(hosts) != workload.deploys:
            found.append(f"{len(hosts)} proxy hosts")
        for host in hosts:
            container = running.get(host["meta"].get(end_state.INSTANCE))
            ports = [x.get("PublicPort") for x in container["Ports"]] \
                if container else []
            if host["forward_port"] not in ports:
                found.append(f"{host['domain_names'][0]} leads elsewhere")
        return found


def run(runner, workload, servers, extra=()):
    command = measure.command_of(runner, workload, servers, extra)
    status, out, err, usage, peaks = measure.run_child(command,
                                                       servers.environment())
    if status != 0:
        raise RuntimeError(f"{runner.name} ended with {status}: {err[-2000:]}")
    said = json.loads(out.strip().splitlines()[-1])
    record = measure.describe(runner, workload, said, usage, peaks)
    found = servers.problems_of(workload)
    record["end_state"] = {"right": not found,
                           "problems": found[:measure.MAX_PROBLEMS]}
    # Only simulators count these.
    record.update(exchanges_per_deploy=None, mutations_per_deploy=None,
                  cpu_us_per_exchange=None)
    return record


class Switch:
    """Notes when the engine calls a container healthy, and when the proxy
    first answers from a new instance."""

    def __init__(self, servers, domain, listens=True):
        self._servers = servers
        self._domain = domain
        self._old = self._instance()
        self.healthy = None
        self.answered = None
        tasks = [self._listen, self._poll] if listens else [self._poll]
        self._threads = [threading.Thread(target=x, daemon=True)
                         for x in tasks]

    def __enter__(self):
        for x in self._threads:
            x.start()
        return self

    def __exit__(self, *_):
        for x in self._threads:
            x.join(timeout=10)

    def _instance(self):
        connection = simulators.connection_to(self._servers.traffic)
        connection.request("GET", "/", headers={"Host": self._domain})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.getheader("X-Instance-Id")

    def _poll(self):
        while True:
            if self._instance() not in (None, self._old):
                self.answered = time.time()
                return
            time.sleep(POLL_SECONDS)

    def _listen(self):
        filters = urllib.parse.quote(json.dumps(
            {"label": [LABEL], "event": ["health_status"]}))
        connection = simulators.connection_to(self._servers.engines[0])
        connection.request("GET", f"/v1.41/events?filters={filters}")
        line = connection.getresponse().readline()
        self.healthy = json.loads(line)["timeNano"] / 1e9
        connection.close()


def put_target(servers, host, port):
    """Changes what a switch changes."""
    servers.call_npm("PUT", f"/nginx/proxy-hosts/{host['id']}", {
        "forward_scheme": host["forward_scheme"],
        "forward_host": host["forward_host"],
        "forward_port": port,
        "meta": {key: value for key, value in host["meta"].items()
                 if not key.startswith("nginx_")}})


def bare_switch(servers):
    """How long it takes from a bare PUT until the proxy answers from another
    instance, and until the PUT is answered. NPM answers when it has told nginx
    to reload; nginx then starts new workers, and lets the old ones take
    connections for another 100 ms."""
    host, other = servers.hosts()
    ports = [other["forward_port"], host["forward_port"]] * (PUTS // 2)
    switched, put = [], []
    for port in ports:
        with Switch(servers, host["domain_names"][0], listens=False) as seen:
            began = time.time()
            put_target(servers, host, port)
            put.append(1e3 * (time.time() - began))
        switched.append(1e3 * (seen.answered - began))
    return statistics.median(switched), statistics.median(put)


def measure_switch(runner, servers):
    two = measure.Workload("switch", 2, 2, 1, image=servers.image, tags=(TAG,))
    run(runner, two, servers)
    bare, put = bare_switch(servers)
    servers.clear()
    one = dataclasses.replace(two, deploys=1, concurrency=1)
    run(runner, one, servers)
    taken = []
    for _ in range(SWITCHES):
        with Switch(servers, end_state.stage_of(0) + ".bench.test") as seen:
            run(runner, one, servers)
        taken.append(1e3 * (seen.answered - seen.healthy))
    servers.clear()
    whole = statistics.median(taken)
    return {"switch_ms": whole - bare, "whole_ms": whole, "bare_ms": bare,
            "put_ms": put}


def measure_real(root, programs, repeats):
    servers = Servers()
    servers.clear()
    runners = measure.runners_of(root, programs)
    workload = measure.Workload("real", DEPLOYS, DEPLOYS, 1, profile="real",
                                image=servers.image, tags=(TAG,))
    kept = {name: [] for name, x in runners.items()
            if name != "floor" and x.is_there()}
    # So that nobody pays for the first pull.
    run(runners["watcher"], measure.Workload(
        "warm", 1, 1, 1, image=servers.image, tags=(TAG,)), servers)
    servers.clear()
    for _ in range(repeats):
        for name, records in kept.items():
            records.append(run(runners[name], workload, servers))
            servers.clear()
    return {"real": {name: measure.median_of(x) for name, x in kept.items()},
            "switch": {"watcher": measure_switch(runners["watcher"], servers)}}
