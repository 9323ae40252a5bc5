"""How long the smallest command takes, from the start to the end of its
process, against the Docker command that shows as much."""

import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from . import measure, simulators

TIMES = 41

CONFIG = """\
projects:
  bench:
    image: registry.example.com/team/shop
    stages:
      s000000: {tag: "1"}
"""


def time_of(command, environment):
    """Median wall-clock and CPU time in ms."""
    wall, cpu = [], []
    for _ in range(TIMES):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                   env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall.append(1e3 * (time.perf_counter() - began))
        cpu.append(1e3 * (usage.ru_utime + usage.ru_stime))
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return {"ms": statistics.median(wall), "cpu_ms": statistics.median(cpu)}


def measure_start(root, programs):
    watcher = root / "build" / "release" / "docker-watcher"
    docker = shutil.which("docker")
    runner = measure.runners_of(root, programs)["watcher"]
    workload = measure.Workload("start", 1, 1, engines=1, with_proxy=False)
    if docker is None or not watcher.exists():
        return {}
    with tempfile.TemporaryDirectory(prefix="dw-bench-") as directory, \
            simulators.Simulators(programs, 1) as sims:
        measure.measure_once(runner, workload, sims)
        config = pathlib.Path(directory) / "docker-watcher.yml"
        config.write_text(CONFIG)
        environment = {**os.environ, "DOCKER_HOST": sims.engines[0]}
        return {
            "watcher": time_of([watcher, "-c", config, "status"], environment),
            "docker": time_of([docker, "ps"], environment),
        }
