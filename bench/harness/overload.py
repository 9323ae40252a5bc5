"""What clients of the HTTP API can do to a server: too many requests, readers
that only wait, and those that send or take nothing.

States and counts are judged; times are only printed, for machines differ.
"""

import http.client
import json
import pathlib
import socket
import statistics
import tempfile
import threading
import time

from . import simulators
from .server import (PATIENCE_SECONDS, PROJECT, Reports, Server, exchange,
                     stage_lines)

READERS = 1000
CLIENTS = 20  # with a token each, so that none is held back by the others
# What the server takes of each client, and what each of them sends.
RATE, BURST, SECONDS, FACTOR = 50, 200, 5, 2
# Silent connections and slow ones; their time is `server_limits::header_time`.
IDLERS = 150
FEW_FILES = 600
MOST_LOG_READERS = 64


class Failure(Exception):
    """The server did not do what it has to."""


def expect(is_true, what):
    if not is_true:
        raise Failure(what)


def await_true(what, is_true):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        expect(time.monotonic() < deadline, f"waited for {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bench:
    """A server with clients that have tokens."""

    def __init__(self, program, sims, directory):
        self.port = free_port()
        self.server = Server(program, directory, sims,
                             stage_lines("s0") + stage_lines(
                                 "s1", has_domain=False), tcp_port=self.port)
        self.tokens = [
            self.server.run_command("token", "create", f"c{x}", "--scope",
                                    "deploy").split()[-1]
            for x in range(CLIENTS)]

    def headers(self, client):
        return {"Authorization": f"Bearer {self.tokens[client % CLIENTS]}"}

    def tcp(self):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=PATIENCE_SECONDS)

    def raw(self):
        return socket.create_connection(("127.0.0.1", self.port),
                                        PATIENCE_SECONDS)

    def raw_local(self):
        result = socket.socket(socket.AF_UNIX)
        result.connect(self.server.socket_path)
        return result

    def deploy(self, tag, stage="s1", connection=None):
        """@param connection One that is kept, or a new one for this."""
        connection = connection or self.server.connect()
        status, answer, _ = exchange(
            connection, "POST", "/v1/deploys",
            {"stage": f"{PROJECT}/{stage}", "tag": tag})
        expect(status == 202, f"a deploy was answered {status}")
        path = f"/v1/deploys/{answer['deploy_id']}"
        await_true("a deploy", lambda: "report" in exchange(
            connection, "GET", path)[1])
        report = exchange(connection, "GET", path)[1]["report"]
        expect(report["outcome"] == "deployed",
               f"a deploy has {report['outcome']}")


class Health(threading.Thread):
    """Asks for /healthz until it is told to end."""

    def __init__(self, bench):
        super().__init__(daemon=True)
        self._bench = bench
        self._has_to_end = threading.Event()
        self.milliseconds = []
        self.wrong = []
        self.start()

    def run(self):
        while not self._has_to_end.wait(0.02):
            began = time.monotonic()
            connection = self._bench.tcp()
            try:
                connection.request("GET", "/healthz")
                status = connection.getresponse().status
            except OSError as err:
                status = err
            finally:
                connection.close()
            self.milliseconds.append(1000 * (time.monotonic() - began))
            if status != 200:
                self.wrong.append(status)

    def end(self):
        """Returns figures."""
        self._has_to_end.set()
        self.join()
        expect(not self.wrong, f"/healthz was answered with {self.wrong[:3]}")
        values = sorted(self.milliseconds)
        return (f"/healthz {len(values)} times, median "
                f"{statistics.median(values):.1f} ms, "
                f"p99 {values[len(values) * 99 // 100]:.1f} ms, "
                f"most {values[-1]:.1f} ms")


# -- too many requests --------------------------------------------------------

ASKED = ("/v1/deploys", f"/v1/stages/{PROJECT}/s0", "/v1/routes", "/v1/drift",
         f"/v1/stages/{PROJECT}/s1/plan", "/readyz", "/healthz")


def send_too_much(bench, client, counts, wrong):
    """Sends at twice the rate that is taken, in the long run."""
    connection = bench.tcp()
    began = time.monotonic()
    for number in range(BURST + SECONDS * RATE * FACTOR):
        ahead = (number - BURST) / (RATE * FACTOR) \
            - (time.monotonic() - began)
        if ahead > 0:
            time.sleep(ahead)
        headers = {} if client == 0 else bench.headers(client)
        if number % 10 == 9 and client:
            body = json.dumps({"stage": f"{PROJECT}/s1", "tag": "1"})
            connection.request("POST", "/v1/deploys", body, headers)
        else:
            path = ASKED[number % len(ASKED)]
            connection.request("GET", path, None, headers)
        response = connection.getresponse()
        response.read()
        counts[response.status] = counts.get(response.status, 0) + 1
        if response.status in (429, 503):
            if not response.headers.get("Retry-After"):
                wrong.append(f"a {response.status} without Retry-After")
        elif response.status not in (200, 202) and client:
            wrong.append(f"a {response.status}")
    connection.close()


def overload(bench):
    """Twice as many requests as are taken, by clients with and without a
    token: what is too much is refused, and /healthz is answered always."""
    counts = [{} for _ in range(4)]
    wrong = []
    health = Health(bench)
    threads = [threading.Thread(target=send_too_much,
                                args=(bench, x, counts[x], wrong))
               for x in range(len(counts))]
    for x in threads:
        x.start()
    for x in threads:
        x.join()
    figures = health.end()
    expect(not wrong, f"{len(wrong)} wrong answers: {sorted(set(wrong))}")
    total = {}
    for x in counts:
        for status, count in x.items():
            total[status] = total.get(status, 0) + count
    expect(429 in total, f"nothing was refused: {total}")
    expect(200 in total and 202 in total, f"nothing was served: {total}")

    def is_at_rest():
        _, answer, _ = bench.server.ask("GET", "/v1/deploys?limit=1000")
        return all("report" in x for x in answer["items"])

    await_true("the accepted deploys", is_at_rest)
    return f"answers {dict(sorted(total.items()))}; {figures}"


# -- those that wait ----------------------------------------------------------

def follow(bench, client):
    reader = bench.tcp()
    reader.request("GET", "/v1/events", None, bench.headers(client))
    reader.auto_open = False
    response = reader.getresponse()
    expect(response.status == 200, f"a reader was answered {response.status}")
    expect(response.readline() == b":\n", "a reader was not greeted")
    return reader, response


def read_report(response):
    for line in response:
        if line == b"event: report\n":
            return


def idle_readers(bench):
    """Many readers of events that only wait: each gets all, at little cost."""
    bench.deploy("1")
    before = bench.server.usage()
    readers = [follow(bench, x) for x in range(READERS)]
    with_them = bench.server.usage()
    health = Health(bench)
    began = time.monotonic()
    deploy_id = bench.server.submit(stage=f"{PROJECT}/s1", tag="2")
    expect(deploy_id, "a deploy was refused")
    for _, response in readers:
        read_report(response)
    seconds = time.monotonic() - began
    figures = health.end()
    for reader, response in readers:
        response.close()
        reader.close()
    await_true("the readers' descriptors", lambda: bench.server.usage()["files"]
               <= before["files"] + 10)
    kib = (with_them["rss_kib"] - before["rss_kib"]) / READERS
    expect(with_them["threads"] == before["threads"], "readers have threads")
    expect(kib < 64, f"a reader takes {kib:.1f} KiB")
    return (f"{READERS} readers, {kib:.1f} KiB each, all had the end of a "
            f"deploy after {seconds:.2f} s; {figures}")


def silent_clients(bench):
    """Connections that send nothing, or a byte now and then, are cut; readers
    that take nothing are, too; others do not notice."""
    before = bench.server.usage()
    health = Health(bench)
    deaf = bench.raw()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    token = bench.headers(0)["Authorization"]
    deaf.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: "
                 + token.encode() + b"\r\n\r\n")
    silent = [bench.raw() for _ in range(IDLERS)]
    slow = [bench.raw() for _ in range(IDLERS)]
    reports = Reports(bench.server)
    for x in slow:
        x.sendall(b"GET / HTTP/1.1\r\nX")
    await_true("slow and silent clients to be cut", lambda: trickle(slow)
               or all(is_closed(x) for x in silent + slow))
    # More than all buffers on the way to the deaf one hold.
    deploys = 0
    while is_held(bench, deaf):
        ids = [bench.server.submit(stage=f"{PROJECT}/s1", tag=str(x % 2))
               for x in range(10)]
        reports.wait_for(ids)
        reports.forget(ids)
        deploys += len(ids)
        expect(deploys < 20000, "the deaf reader is never cut")
    after = bench.server.usage()
    expect(not reports.gaps, "another reader missed something")
    for x in [deaf, *silent, *slow]:
        x.close()
    return (f"{IDLERS} silent and {IDLERS} slow connections were cut, and a "
            f"deaf reader during {deploys} deploys; memory "
            f"{before['rss_kib']} to {after['rss_kib']} KiB; {health.end()}")


def is_held(bench, client):
    """Whether the server has its end of a connection."""
    port = client.getsockname()[1]
    ends = f":{bench.port:04X}", f":{port:04X}"
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines():
        fields = line.split()
        if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
            return fields[9] != "0"  # the inode; none if nobody has it
    return False


def trickle(clients):
    """Always false."""
    for x in clients:
        try:
            x.send(b"x", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except OSError:
            pass  # it was cut
    return False


def is_closed(client):
    try:
        while client.recv(4096, socket.MSG_DONTWAIT):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def log_readers(bench):
    """Each reader of a log may need megabytes: there are only so many."""
    bench.deploy("1")
    readers = []
    path = f"/v1/stages/{PROJECT}/s1/logs?follow=true"

    def read(client):
        reader = bench.tcp()
        reader.request("GET", path, None, bench.headers(client))
        return reader, reader.getresponse()

    while len(readers) < MOST_LOG_READERS:
        reader, response = read(len(readers))
        expect(response.status == 200, f"{response.status} for a log")
        expect(response.readline() == b"listening on 8080\n", "another log")
        readers.append((reader, response))
    reader, response = read(0)
    expect(response.status == 503 and response.headers["Retry-After"],
           f"{response.status} for one log too many")
    reader.close()
    for reader, response in readers:
        response.close()
        reader.close()
    await_true("room for another reader", lambda: read(0)[1].status == 200)
    return f"{len(readers)} readers of logs, and no more"


# -- descriptors --------------------------------------------------------------

def few_descriptors(bench):
    """More clients than there are descriptors: the server works on for those
    that it has."""
    kept = bench.server.connect()
    bench.deploy("1", "s0", kept)
    clients = []
    for _ in range(FEW_FILES):
        clients += [bench.raw(), bench.raw_local()]
    before = bench.server.usage()
    began = time.monotonic()
    bench.deploy("3", "s0", kept)
    bench.deploy("4", "s0", kept)
    after = bench.server.usage()
    seconds = time.monotonic() - began
    cpu = after["cpu_s"] - before["cpu_s"]
    for x in clients:
        x.close()
    await_true("their descriptors", lambda: bench.server.usage()["files"] < 100)
    bench.deploy("5", "s0")
    expect(cpu < 0.5 * seconds + 0.5, f"{cpu:.1f} s of CPU in {seconds:.1f} s")
    return (f"{len(clients)} clients, {before['files']} of {FEW_FILES} "
            f"descriptors; two deploys took {seconds:.1f} s and "
            f"{cpu:.2f} s of CPU")


CASES = ((overload, None), (idle_readers, None), (silent_clients, None),
         (log_readers, None), (few_descriptors, FEW_FILES))
NAMES = [case.__name__ for case, _ in CASES]


def run(program, programs, names, say):
    """Returns what is wrong."""
    problems = []
    for case, limit in CASES:
        if names and case.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="dw-load-") as directory, \
                simulators.Simulators(programs, 1) as sims:
            bench = Bench(program, sims, pathlib.Path(directory))
            try:
                bench.server.start(limit)
                say(f"{case.__name__}: {case(bench)}")
                expect(bench.server.stop() == 0, "the server did not end well")
                expect(not bench.server.sanitizer_problem(),
                       bench.server.sanitizer_problem())
            except (Failure, RuntimeError, OSError,
                    http.client.HTTPException) as err:
                problems.append(f"{case.__name__}: {err!r}")
                say(f"wrong: {problems[-1]}\n{bench.server.log_tail()}")
            finally:
                if bench.server.process.poll() is None:
                    bench.server.kill()
    return problems
