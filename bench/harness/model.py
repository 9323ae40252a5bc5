"""What must be there after each step of a random walk, and what is."""

import http.client
import urllib.parse

from .end_state import INSTANCE, PROJECT, STAGE
from .server import PROJECT as OUR_PROJECT, domain_of

TAG = "docker-watcher.tag"
# Where a route leads whose container does not run.
NOWHERE = ("127.0.0.1", 9)
OWN_NETWORKS = 3  # bridge, host and none, which every engine has


class Stage:
    """What is known of a stage."""

    def __init__(self, name, keep, has_domain):
        self.name = name
        self.keep = keep
        self.has_domain = has_domain
        # What is there depends on more than is known here, until it is deployed
        # or removed the next time.
        self.is_unclear = False
        self.is_untidy = False  # the next deploy has to retire one more
        self.forget()

    def forget(self):
        """Nothing of it is there."""
        self.serving = None  # the instance that the route names
        self.tag = None
        self.runs = False
        self.is_lost = False  # somebody has removed it
        self.left = []  # old instances that still run, newest first
        self.is_vague = False  # how much of the last work was done

    def serves(self, instance, tag):
        self.serving = instance
        self.tag = tag
        self.runs = True
        self.is_lost = False


    def take_what_is_there(self, world):
        """Work that cannot be undone has failed: any part of it may be done.
        What it has left must fit together all the same."""
        found = sorted(world.containers_of(self).items(),
                       key=lambda x: -x[1]["created"])
        host = world.host_of(self)
        named = host and host["meta"].get(INSTANCE)
        running = [x for x, y in found if y["state"] == "running"]
        instances = [x for x, _ in found]
        self.forget()
        self.is_vague = True
        if named in instances and (named in running or not running):
            self.serving = named
        elif running or (instances and not named):
            self.serving = (running or instances)[0]
        elif named:
            self.serving = named
            self.is_lost = True
        if self.serving in instances:
            self.tag = dict(found)[self.serving]["labels"][TAG]
        self.runs = self.serving in running
        self.left = [x for x in running if x != self.serving]


class World:
    """What the simulators have at a moment."""

    def __init__(self, sims):
        self.containers = sims.containers()
        self.hosts = sims.hosts()

    def containers_of(self, stage):
        """By instance."""
        return {x["labels"][INSTANCE]: x for x in self.containers
                if x["labels"].get(PROJECT) == OUR_PROJECT
                and x["labels"].get(STAGE) == stage.name}

    def host_of(self, stage):
        found = [x for x in self.hosts
                 if domain_of(stage.name) in x["domain_names"]]
        return found[0] if found else None

    def snapshot(self, stage):
        """What a failure must leave as it is."""
        host = self.host_of(stage)
        return (sorted((x["id"], x["name"], x["state"], x["port"])
                       for x in self.containers_of(stage).values()),
                host and (host["id"], host["domain_names"], host["enabled"],
                          target_of(host), host["meta"].get(INSTANCE)))

    def foreign(self):
        """What is not ours, and must never change."""
        return (sorted(str(x) for x in self.containers
                       if PROJECT not in x["labels"]),
                sorted(str(x) for x in self.hosts
                       if PROJECT not in x["meta"]))


def is_unchanged(before, now):
    """Whether two snapshots are the same, but that a container may have got
    its name back."""
    def is_same(x, y):
        return x[0] == y[0] and x[2:] == y[2:] \
            and (x[1] == y[1] or x[1].startswith(f"{y[1]}-was-"))

    return before[1] == now[1] and len(before[0]) == len(now[0]) \
        and all(map(is_same, before[0], now[0]))


def target_of(host):
    return (host["forward_host"], host["forward_port"])


def visit(sims, stage):
    """Asks for a stage's domain. Returns the status and who answered."""
    parts = urllib.parse.urlsplit(sims.traffic)
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    try:
        connection.request("GET", "/", headers={"Host": domain_of(stage.name)})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers.get("X-Instance-Id")
    finally:
        connection.close()


def problems_while_working(sims, world, stage):
    """What is wrong in the middle of work on a stage that served before."""
    host = world.host_of(stage)
    if not host or not host["enabled"]:
        return [f"{stage.name} has no route"]
    running = {("127.0.0.1", x["port"]) for x
               in world.containers_of(stage).values()
               if x["state"] == "running"}
    if target_of(host) not in running:
        return [f"{stage.name}: the route leads to {target_of(host)}, "
                "where nothing of it runs"]
    return []


def problems_of_stage(sims, world, stage):
    """What is wrong with a stage at rest."""
    found = world.containers_of(stage)
    result = _container_problems(stage, found)
    if stage.has_domain:
        result += _route_problems(sims, world, stage, found)
    return [f"{stage.name}: {x}" for x in result]


def _container_problems(stage, found):
    if stage.serving is None:
        return [f"{x['name']} is there" for x in found.values()]
    current = found.pop(stage.serving, None)
    result = []
    if stage.is_lost:
        if current:
            result.append("what was removed is there")
    elif not current:
        result.append(f"instance {stage.serving} is not there")
    else:
        if (current["state"] == "running") != stage.runs:
            result.append(f"{current['name']} is {current['state']}")
        name = f"dw-{OUR_PROJECT}-{stage.name}-{stage.tag}"
        if current["labels"][TAG] != stage.tag \
                or current["name"] not in (name, f"{name}-was-{stage.serving}"):
            result.append(f"{current['name']} serves instead of {name}")
    for instance, x in found.items():
        if (x["state"] == "running") != (instance in stage.left):
            result.append(f"{x['name']} ({instance}) is {x['state']}")
    kept = len(found) - len(stage.left)
    if kept > stage.keep + stage.is_untidy:
        result.append(f"{kept} are kept instead of {stage.keep}")
    return result


def _route_problems(sims, world, stage, found):
    hosts = [x for x in world.hosts if x["meta"].get(STAGE) == stage.name]
    if stage.serving is None:
        return [f"proxy host {x['id']} is there" for x in hosts]
    if len(hosts) != 1:
        return [f"{len(hosts)} proxy hosts"]
    host = hosts[0]
    current = world.containers_of(stage).get(stage.serving)
    wanted = ("127.0.0.1", current["port"]) \
        if current and stage.runs and not stage.is_lost else NOWHERE
    result = []
    if host["domain_names"] != [domain_of(stage.name)] or not host["enabled"]:
        result.append("its proxy host was changed")
    if host["meta"].get(INSTANCE) != stage.serving:
        result.append(f"the route names {host['meta'].get(INSTANCE)} "
                      f"and not {stage.serving}")
    if target_of(host) != wanted:
        result.append(f"the route leads to {target_of(host)}, not {wanted}")
    elif visit(sims, stage) != (200, stage.serving):
        result.append(f"visitors get {visit(sims, stage)}")
    return result


def problems_of_leaks(sims):
    engine, npm = sims.statistics()
    found = []
    if engine["networks"] > OWN_NETWORKS + 1:
        found.append(f"{engine['networks']} networks")
    if engine["streams"] != 1:
        found.append(f"{engine['streams']} event streams are open")
    if npm["open_mutations"] or npm["mutations_at_once"] > 1:
        found.append(f"{npm['mutations_at_once']} mutations at a time, "
                     f"{npm['open_mutations']} open")
    return found
