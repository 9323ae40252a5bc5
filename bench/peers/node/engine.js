// One Docker engine: its client, its events and its network.

import Docker from 'dockerode';

import { PROJECT, PROJECT_LABEL, STAGE_LABEL } from './deploy.js';
import { Watch } from './watch.js';

const PORT = '8080/tcp';
const STOP_TIMEOUT_S = 30;
const MAX_HEALTH_WAIT_MS = 5 * 60 * 1000;

export class Engine {
  #docker;
  #watch;
  #network;
  #newNetwork;
  #registryLogin;

  constructor(url, { network, registryLogin }) {
    this.#docker = new Docker(endpointOf(url));
    this.#watch = new Watch(this.#docker);
    this.#network = network;
    this.#registryLogin = registryLogin;
  }

  async connect() {
    await this.#docker.ping();
    await this.#watch.open();
  }

  close() {
    this.#watch.close();
  }

  /**
   * Reads the progress to its end, since errors are inside of it, and proves
   * by an inspection that the image is there and can be deployed.
   */
  async pull(image) {
    const progress = await this.#docker.pull(image, { authconfig: this.#registryLogin });
    await new Promise((resolve, reject) => {
      this.#docker.modem.followProgress(progress, (error, lines) => {
        const failed = error ?? lines.find((line) => line.error);
        if (failed) reject(new Error(`pull ${image}: ${failed.message ?? failed.error}`));
        else resolve();
      });
    });
    const { RepoDigests, Config } = await this.#docker.getImage(image).inspect();
    if (!RepoDigests?.length) throw new Error(`${image} has no digest`);
    if (!Config.ExposedPorts?.[PORT]) throw new Error(`${image} does not expose ${PORT}`);
    if (!Config.Healthcheck) throw new Error(`${image} has no health check`);
  }

  /** Resolves with the network's id. */
  async ensureNetwork() {
    const found = await this.#docker.listNetworks({
      filters: { name: [`^${this.#network}$`] },
    });
    const network = found.find(({ Name }) => Name === this.#network);
    if (network) return network.Id;
    // All that do not find it share one creation.
    this.#newNetwork ??= this.#createNetwork();
    return this.#newNetwork;
  }

  async #createNetwork() {
    try {
      const { id } = await this.#docker.createNetwork({
        Name: this.#network, CheckDuplicate: true, Driver: 'bridge',
      });
      return id;
    } catch (error) {
      this.#newNetwork = undefined;
      throw error;
    }
  }

  /** Resolves with the ids of the stage's containers that run. */
  async running(stage) {
    const containers = await this.#docker.listContainers({
      all: true,
      filters: { label: [`${PROJECT_LABEL}=${PROJECT}`, `${STAGE_LABEL}=${stage}`] },
    });
    return containers.filter(({ State }) => State === 'running').map(({ Id }) => Id);
  }

  /** Resolves with the container's id. */
  async create(deploy, network) {
    const { id } = await this.#docker.createContainer({
      name: `dw-bench-${deploy.stage}-${deploy.tag}`,
      Image: deploy.image,
      Env: deploy.environment(),
      Labels: deploy.containerLabels(),
      ExposedPorts: { [PORT]: {} },
      HostConfig: {
        NetworkMode: network,
        PortBindings: { [PORT]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
        RestartPolicy: { Name: 'unless-stopped' },
      },
      NetworkingConfig: {
        EndpointsConfig: { [network]: { Aliases: [deploy.stage] } },
      },
    });
    return id;
  }

  /** Resolves with the container's host port once it is healthy. */
  async start(id) {
    const container = this.#docker.getContainer(id);
    const events = this.#watch.follow(id);
    try {
      await container.start();
      return await withDeadline(this.#untilHealthy(container, events), id);
    } finally {
      events.end();
    }
  }

  async #untilHealthy(container, events) {
    for (;;) {
      events.clear();
      const { State, NetworkSettings } = await container.inspect();
      checkState(State);
      if (State.Health.Status === 'healthy') {
        const port = NetworkSettings.Ports[PORT]?.[0]?.HostPort;
        if (!port) throw new Error(`there is no host port for ${PORT}`);
        return Number(port);
      }
      await events.next();
    }
  }

  async stop(id) {
    await this.#docker.getContainer(id).stop({ t: STOP_TIMEOUT_S });
  }

  async remove(id) {
    await this.#docker.getContainer(id).remove({ force: true });
  }
}

function endpointOf(url) {
  const { protocol, pathname, hostname, port } = new URL(url);
  if (protocol === 'unix:') return { socketPath: pathname };
  return { protocol: 'http', host: hostname, port };
}

function checkState({ Running, Status, ExitCode, Health }) {
  if (!Running) throw new Error(`the container is ${Status} with exit code ${ExitCode}`);
  if (!Health) throw new Error('the container has no health check');
  if (Health.Status === 'unhealthy') throw new Error('the container is unhealthy');
}

async function withDeadline(promise, id) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${id} was not healthy in time`)), MAX_HEALTH_WAIT_MS);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
