"""Proves that a run has left what it should, and nothing else."""

PROJECT = "docker-watcher.project"
STAGE = "docker-watcher.stage"
INSTANCE = "docker-watcher.instance-id"

OWN_NETWORKS = 3  # bridge, host and none, which every engine has


def stage_of(number):
    return f"s{number:06}"


def problems_of(workload, simulators):
    """Says in sentences what is wrong; an empty list is the proof."""
    engine, npm = simulators.statistics()
    found = _container_problems(workload, simulators.containers(),
                                len(simulators.engines))
    if workload.with_proxy:
        found += _host_problems(workload, simulators.containers(),
                                simulators.hosts())
    elif npm["hosts"]:
        found.append(f"{npm['hosts']} proxy hosts without a reason")
    found += _leaks(engine, npm, workload, len(simulators.engines))
    return found


def _container_problems(workload, containers, engines):
    by_stage = {}
    found = []
    for x in containers:
        labels = x["labels"]
        if labels.get(PROJECT) != "bench":
            found.append(f"container {x['name']} is of no stage of ours")
        by_stage.setdefault(labels.get(STAGE), []).append(x)
    kept = min(len(workload.tags) - 1, 1)
    for number in range(workload.deploys):
        stage = stage_of(number)
        mine = by_stage.pop(stage, [])
        running = [x for x in mine if x["state"] == "running"]
        if len(running) != 1:
            found.append(f"{stage}: {len(running)} containers run")
            continue
        if running[0]["engine"] != number % engines:
            found.append(f"{stage} runs on engine {running[0]['engine']}")
        if running[0]["labels"].get("docker-watcher.tag") != workload.tags[-1]:
            found.append(f"{stage} runs another tag than {workload.tags[-1]}")
        if len(mine) != 1 + kept:
            found.append(f"{stage}: {len(mine) - 1} containers beside it")
    found += [f"containers of {x}, which nobody deployed" for x in by_stage]
    return found


def _host_problems(workload, containers, hosts):
    running = {x["labels"].get(STAGE): x for x in containers
               if x["state"] == "running"}
    by_domain = {}
    found = []
    for host in hosts:
        for domain in host["domain_names"]:
            by_domain[domain] = host
    if len(hosts) != workload.deploys:
        found.append(f"{len(hosts)} proxy hosts for {workload.deploys} stages")
    for number in range(workload.deploys):
        stage = stage_of(number)
        host = by_domain.get(f"{stage}.bench.test")
        container = running.get(stage)
        if host is None or container is None:
            found.append(f"{stage} has no proxy host")
            continue
        instance = container["labels"].get(INSTANCE)
        if (host["forward_port"] != container["port"] or not host["enabled"]
                or host["meta"].get(INSTANCE) != instance
                or host["meta"].get("nginx_online") is not True):
            found.append(f"{stage}: its proxy host leads elsewhere")
    return found


def _leaks(engine, npm, workload, engines):
    found = []
    networks = engines * (OWN_NETWORKS + 1)
    if engine["networks"] != networks:
        found.append(f"{engine['networks']} networks instead of {networks}")
    if engine["streams"]:
        found.append(f"{engine['streams']} event streams are still open")
    if npm["open_mutations"]:
        found.append(f"{npm['open_mutations']} mutations are still open")
    if workload.with_proxy and npm["mutations_at_once"] > 1:
        found.append(f"{npm['mutations_at_once']} mutations at a time, which "
                     "Nginx Proxy Manager does not bear")
    return found
