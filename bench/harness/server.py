"""A `docker-watcher serve` on the simulators, and what it tells of itself."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from . import simulators

PROJECT = "bench"
HOOK = "push"
HOOK_SECRET = "webhook-secret"
# Only a defect makes anybody wait this long.
PATIENCE_SECONDS = 120

CONFIGURATION = """\
engine:
  host: {engine}
proxy:
  url: {npm}/api
  identity: {identity}
  secret: ${{BENCH_NPM_PASSWORD}}
  verify_url: {traffic}
server:
  listen: ["unix://{socket}"{listen}]
  log: {{level: {level}}}
  grace: 500ms
  drift_interval: 10s
webhooks:
  {hook}: {{kind: registry, secret: {hook_secret}}}
projects:
  {project}:
    image: registry.example.com/team/shop
    tag: "1"
    port: 8080
    drain: 0s
    soak: 0s
    stages:
{stages}"""


def domain_of(stage):
    return f"{stage}.bench.test"


def stage_lines(name, settings=(), has_domain=True):
    """A stage in the configuration. @param settings "key: value" each."""
    lines = [f"domains: [{domain_of(name)}]"] if has_domain else []
    lines += settings or ["keep: 1"]
    return "".join([f"      {name}:\n",
                    *[f"        {line}\n" for line in lines]])


def exchange(connection, method, path, body=None, headers=None):
    """Returns status, JSON or None, and headers."""
    connection.request(method, path,
                       None if body is None else json.dumps(body),
                       headers or {})
    response = connection.getresponse()
    text = response.read()
    is_json = "json" in response.headers.get("Content-Type", "")
    return (response.status, json.loads(text) if is_json else None,
            response.headers)


class Server:
    """One state directory, and the processes that have it in turn."""

    def __init__(self, program, directory, sims, stages, level="info",
                 tcp_port=None):
        self.program = program
        self.directory = pathlib.Path(directory)
        self.socket_path = str(self.directory / "api.sock")
        self.log_path = self.directory / "server.log"
        self.process = None
        self._config = self.directory / "docker-watcher.yml"
        listen = f', "tcp://127.0.0.1:{tcp_port}"' if tcp_port else ""
        self._config.write_text(CONFIGURATION.format(
            engine=sims.engines[0], npm=sims.npm, traffic=sims.traffic,
            identity=simulators.IDENTITY, socket=self.socket_path, level=level,
            listen=listen, hook=HOOK, hook_secret=HOOK_SECRET,
            project=PROJECT, stages=stages))
        self._environment = {
            **os.environ,
            "BENCH_NPM_PASSWORD": simulators.PASSWORD,
            "DOCKER_WATCHER_STATE": str(self.directory / "state")}

    def start(self, limit_files=None):
        """Starts it. @param limit_files Its soft and hard RLIMIT_NOFILE."""
        prefix = ["prlimit", f"--nofile={limit_files}"] if limit_files else []
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*prefix, self.program, "-c", self._config, "serve"],
                stdout=subprocess.PIPE, stderr=log, text=True,
                env=self._environment)
        if not self.process.stdout.readline().startswith("listening"):
            raise RuntimeError(f"the server did not start: {self.log_tail()}")

    def run_command(self, *words):
        """Runs another command of the program. Returns its output."""
        return subprocess.run(
            [self.program, "-c", self._config, *words], check=True,
            stdout=subprocess.PIPE, text=True, env=self._environment).stdout

    def kill(self):
        """As the kernel does it."""
        self.process.kill()
        self._reap()

    def stop(self):
        """Asks it to end. Returns its exit status."""
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            # What it hangs in is worth more than the wait.
            self.process.send_signal(signal.SIGABRT)
        return self._reap()

    def _reap(self):
        status = self.process.wait()
        self.process.stdout.close()
        return status

    def connect(self):
        return simulators.UnixConnection(self.socket_path)

    def ask(self, method, path, body=None, headers=None):
        """The same as `ask_once`, more slowly if the server wants that."""
        while True:
            status, answer, headers_of_it = self.ask_once(method, path, body,
                                                          headers)
            if status not in (429, 503) or "Retry-After" not in headers_of_it:
                return status, answer, headers_of_it
            time.sleep(float(headers_of_it["Retry-After"]))

    def ask_once(self, method, path, body=None, headers=None):
        """One exchange on a connection of its own. Returns status, JSON or
        None, and headers."""
        connection = self.connect()
        try:
            return exchange(connection, method, path, body, headers)
        finally:
            connection.close()

    def submit(self, **work):
        """Asks for work, more slowly if the server wants that. Returns its
        id, or None if it was refused."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status, answer, headers = self.ask("POST", "/v1/deploys", work)
            if status == 202:
                return answer["deploy_id"]
            if status not in (429, 503):
                return None
            time.sleep(float(headers["Retry-After"]))
        raise RuntimeError("the server takes no work")

    def usage(self):
        """What it has: resident KiB, open files, threads, CPU seconds."""
        directory = pathlib.Path(f"/proc/{self.process.pid}")
        status = (directory / "status").read_text()
        fields = (directory / "stat").read_text().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return {"rss_kib": int(re.search(r"^VmRSS:\s*(\d+) kB", status,
                                         re.M)[1]),
                "files": len(os.listdir(directory / "fd")),
                "threads": len(os.listdir(directory / "task")),
                "cpu_s": (int(fields[11]) + int(fields[12])) / ticks}

    def log_tail(self, lines=40):
        text = self.log_path.read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def sanitizer_problem(self):
        """What a sanitizer wrote, or nothing."""
        text = self.log_path.read_text(errors="replace")
        found = re.search(r"^.*(ERROR: \w+Sanitizer|runtime error:).*$", text,
                          re.M)
        return text[found.start():][:4000] if found else ""


class Reports(threading.Thread):
    """Follows the events of a server, and notes how work ended."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self._connection = server.connect()
        self._connection.request("GET", "/v1/events")
        self._response = self._connection.getresponse()
        self._changed = threading.Condition()
        self._reports = {}
        self.has_ended = False
        self.repeated = []
        self.gaps = 0
        self.start()

    def run(self):
        kind = None
        try:
            for line in self._response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                    self.gaps += kind == "gap"
                elif name == "data" and kind == "report":
                    self._note(json.loads(value))
        except (OSError, http.client.HTTPException):
            pass  # it was cut, which is an end as well
        finally:
            with self._changed:
                self.has_ended = True
                self._changed.notify_all()

    def _note(self, report):
        with self._changed:
            if report["deploy_id"] in self._reports:
                self.repeated.append(report["deploy_id"])
            self._reports[report["deploy_id"]] = report
            self._changed.notify_all()

    def find(self, deploy_id):
        with self._changed:
            return self._reports.get(deploy_id)

    def wait_for(self, ids):
        """Waits until all of them have ended. Returns their reports."""
        def is_enough():
            return self.has_ended or all(x in self._reports for x in ids)

        with self._changed:
            if not self._changed.wait_for(is_enough, PATIENCE_SECONDS) \
                    or self.has_ended:
                raise RuntimeError("the server does not go on")
            return [self._reports[x] for x in ids]

    def forget(self, ids):
        with self._changed:
            for x in ids:
                self._reports.pop(x, None)
