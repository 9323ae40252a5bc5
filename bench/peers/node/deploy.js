// One deploy of one stage.

import { randomBytes } from 'node:crypto';

export const PROJECT = 'bench';
export const PROJECT_LABEL = 'docker-watcher.project';
export const STAGE_LABEL = 'docker-watcher.stage';
const INSTANCE_LABEL = 'docker-watcher.instance-id';
const TAG_LABEL = 'docker-watcher.tag';

export class Deploy {
  constructor(number, repository, tag) {
    this.stage = `s${String(number).padStart(6, '0')}`;
    this.domain = `${this.stage}.bench.test`;
    this.image = `${repository}:${tag}`;
    this.tag = tag;
    this.instance = randomBytes(6).toString('hex');
  }

  /** Those that a proxy host has, too. */
  labels() {
    return {
      [PROJECT_LABEL]: PROJECT,
      [STAGE_LABEL]: this.stage,
      [INSTANCE_LABEL]: this.instance,
    };
  }

  containerLabels() {
    return { ...this.labels(), [TAG_LABEL]: this.tag };
  }

  environment() {
    return [
      `DOCKER_WATCHER_PROJECT=${PROJECT}`,
      `DOCKER_WATCHER_STAGE=${this.stage}`,
      `DOCKER_WATCHER_TAG=${this.tag}`,
      `DOCKER_WATCHER_INSTANCE_ID=${this.instance}`,
    ];
  }

  /** Makes the exchanges of bench/README.md in their order. */
  async run(engine, proxy) {
    await engine.pull(this.image);
    const network = await engine.ensureNetwork();
    const old = await engine.running(this.stage);
    const host = await proxy?.find(this);
    const port = await this.#bringUp(engine, network);
    if (proxy) {
      await proxy.route(this, host, port);
      await proxy.verify(this);
    }
    for (const id of old) await engine.stop(id);
  }

  /** Resolves with the host port of a healthy container, or leaves none. */
  async #bringUp(engine, network) {
    const id = await engine.create(this, network);
    try {
      return await engine.start(id);
    } catch (error) {
      await engine.remove(id).catch((failure) => {
        console.error(`node-runner: remove ${id}: ${failure.message}`);
      });
      throw error;
    }
  }
}
