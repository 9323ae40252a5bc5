// The events of one engine, for those who wait for a container. An event is
// only a hint to look again.

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { PROJECT, PROJECT_LABEL } from './deploy.js';

const PAUSE_BEFORE_RESUBSCRIBING_MS = 100;

export class Watch {
  #docker;
  #followed = new Map();
  #stream;
  #closed = false;

  constructor(docker) {
    this.#docker = docker;
  }

  /** Resolves once the stream of events is open. */
  async open() {
    this.#run(await this.#subscribe());
  }

  close() {
    this.#closed = true;
    this.#stream.destroy();
  }

  /** From now on the events of the container are remembered. */
  follow(id) {
    const hint = { due: false, wake: undefined };
    this.#followed.set(id, hint);
    return {
      /** Forgets what came up to now. */
      clear: () => { hint.due = false; },
      /** Resolves with the next event, at once if one has come. */
      next: () => new Promise((resolve) => {
        if (hint.due) resolve();
        else hint.wake = resolve;
      }),
      end: () => this.#followed.delete(id),
    };
  }

  async #subscribe(since) {
    this.#stream = await this.#docker.getEvents({
      ...(since && { since }),
      filters: {
        type: ['container'],
        event: ['health_status', 'die'],
        label: [`${PROJECT_LABEL}=${PROJECT}`],
      },
    });
    return this.#stream;
  }

  async #run(stream) {
    let last = Math.floor(Date.now() / 1000);
    for (;;) {
      try {
        for await (const line of createInterface({ input: stream })) {
          const event = JSON.parse(line);
          last = event.time;
          this.#wake(this.#followed.get(event.Actor.ID));
        }
      } catch (error) {
        if (!this.#closed) console.error(`node-runner: events: ${error.message}`);
      }
      if (this.#closed) return;
      stream = await this.#resubscribe(last);
      for (const hint of this.#followed.values()) this.#wake(hint);
    }
  }

  async #resubscribe(since) {
    for (;;) {
      await sleep(PAUSE_BEFORE_RESUBSCRIBING_MS);
      try {
        return await this.#subscribe(since);
      } catch (error) {
        console.error(`node-runner: events: ${error.message}`);
      }
    }
  }

  #wake(hint) {
    if (!hint) return;
    hint.due = true;
    hint.wake?.();
    hint.wake = undefined;
  }
}
