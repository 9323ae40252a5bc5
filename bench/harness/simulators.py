"""Starts the simulators, and asks them what happened."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import urllib.parse

IDENTITY = "admin@example.com"
PASSWORD = "changeme"


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def connection_to(url):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "unix":
        return UnixConnection(parts.path)
    return http.client.HTTPConnection(parts.hostname, parts.port)


def ask(url, path, method="GET", body=None, headers=None):
    """Makes one exchange and returns its JSON, or None if there is none."""
    connection = connection_to(url)
    try:
        connection.request(method, path,
                           None if body is None else json.dumps(body),
                           headers or {})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status >= 300:
        raise RuntimeError(f"{method} {url}{path}: status {response.status}")
    is_json = "json" in response.headers.get("Content-Type", "") \
        and "chunked" not in response.headers.get("Transfer-Encoding", "")
    return json.loads(text) if text and is_json else None


class Simulators:
    """Engines and one NPM, running for as long as the context lasts."""

    def __init__(self, programs, engines, profile="zero", mutation_ms=None,
                 fault_rate=0.0, seed=1):
        common = ["--profile", profile, "--fault-rate", str(fault_rate),
                  "--seed", str(seed)]
        self._directory = tempfile.TemporaryDirectory(prefix="dw-bench-")
        self._commands = [
            [programs / "engine-sim", "--engines", str(engines),
             "--socket-dir", self._directory.name, *common],
            [programs / "npm-sim", "--port", "0", "--traffic-port", "0",
             *common],
        ]
        if mutation_ms is not None:
            self._commands[1] += ["--mutation-ms", str(mutation_ms)]
        self._processes = []

    def __enter__(self):
        try:
            ready = [self._start(x) for x in self._commands]
        except BaseException:
            self.__exit__()
            raise
        self.engines = ready[0]["engines"]
        self.npm = ready[1]["api"]
        self.traffic = ready[1]["traffic"]
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
            process.stdout.close()
        self._directory.cleanup()

    def _start(self, command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._processes.append(process)
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{command[0]} did not start")
        return json.loads(line)

    def reset(self):
        for url in (self.engines[0], self.npm):
            ask(url, "/_sim/reset", "POST")

    def statistics(self):
        return (ask(self.engines[0], "/_sim/statistics"),
                ask(self.npm, "/_sim/statistics"))

    def plan_fault(self, url, exchange, what, is_done=False, count=1):
        """The next exchanges of a kind fail; see bench/README.md."""
        ask(url, f"/_sim/faults?exchange={exchange}&what={what}&count={count}"
                 f"&done={int(is_done)}", "POST")

    def release(self):
        """Plans no faults any more, and lets nobody wait."""
        for url in (self.engines[0], self.npm):
            ask(url, "/_sim/release", "POST")

    def held(self):
        """How many clients wait for an answer that does not come."""
        return sum(x["held"] for x in self.statistics())

    def act(self, container_id, deed):
        """Somebody else does something to a container."""
        ask(self.engines[0], f"/_sim/containers?id={container_id}&deed={deed}",
            "POST")

    def restart_engine(self):
        ask(self.engines[0], "/_sim/restart", "POST")

    def containers(self):
        return ask(self.engines[0], "/_sim/containers")

    def hosts(self):
        return ask(self.npm, "/_sim/hosts")

    def cpu_seconds(self):
        """What each simulator has used so far."""
        ticks = os.sysconf("SC_CLK_TCK")
        result = []
        for process in self._processes:
            stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
            fields = stat.rpartition(")")[2].split()
            result.append((int(fields[11]) + int(fields[12])) / ticks)
        return result
