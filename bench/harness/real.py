"""Measures on a real engine and a real proxy: those of tests/support/env,
inside of which dw-bench runs this."""

import base64
import json
import os
import pathlib
import socket
import statistics
import threading
import time
import urllib.parse

from . import end_state, measure, simulators

DEPLOYS = 32
IMAGE = "shop-ports"
TAG = "v1"
SWITCHES = 9

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


class PutWatch:
    """Passes on what is said to the proxy, and notes when a change is sent."""

    def __init__(self, servers):
        target = urllib.parse.urlsplit(servers.npm)
        self._target = (target.hostname, target.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(self._target)
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=ends,
                                 daemon=True).start()

    def _pass_on(self, source, target):
        try:
            while data := source.recv(65536):
                if data.startswith(b"PUT "):
                    self.sent = time.time()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other direction has ended


class HealthWatch(threading.Thread):
    """Notes when the engine calls a container healthy."""

    def __init__(self, servers):
        super().__init__(daemon=True)
        filters = urllib.parse.quote(json.dumps(
            {"label": [LABEL], "event": ["health_status"]}))
        self._connection = simulators.connection_to(servers.engines[0])
        self._connection.request("GET", f"/v1.41/events?filters={filters}")
        self._events = self._connection.getresponse()
        self.healthy = None
        self.start()

    def run(self):
        self.healthy = json.loads(self._events.readline())["timeNano"] / 1e9
        self._connection.close()


def measure_switch(runner, servers):
    """How long it takes from the time that a container is healthy until the
    proxy is told. What comes after that is up to NPM, which tests the files and
    has nginx reload them, and to nginx, whose old workers take connections for
    another 100 ms."""
    one = measure.Workload("switch", 1, 1, 1, image=servers.image, tags=(TAG,))
    run(runner, one, servers)
    proxy = PutWatch(servers)
    npm, servers.npm = servers.npm, proxy.url
    taken = []
    for _ in range(SWITCHES):
        engine = HealthWatch(servers)
        run(runner, one, servers)
        engine.join()
        taken.append(1e3 * (proxy.sent - engine.healthy))
    servers.npm = npm
    proxy.close()
    servers.clear()
    return {"switch_ms": statistics.median(taken), "all_ms": taken}


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
