// One Nginx Proxy Manager, and its visitors' side.

import { setTimeout as sleep } from 'node:timers/promises';

import { Agent, Pool } from 'undici';

import { PROJECT, PROJECT_LABEL, STAGE_LABEL } from './deploy.js';

const HOSTS = '/api/nginx/proxy-hosts';
const MAX_VERIFY_WAIT_MS = 60 * 1000;
const VERIFY_INTERVAL_MS = 100;

export class Proxy {
  #api;
  // Every visitor comes on a connection of his own.
  #visitors = new Agent({ pipelining: 0 });
  #traffic;
  #headers = { 'content-type': 'application/json' };
  #mutation = Promise.resolve();

  constructor(npm, traffic, connections) {
    this.#api = new Pool(npm, { connections });
    this.#traffic = new URL(traffic).origin;
  }

  async login(identity, secret) {
    const { token } = await this.#call('POST', '/api/tokens', { identity, secret });
    this.#headers.authorization = `Bearer ${token}`;
  }

  async close() {
    await Promise.all([this.#api.close(), this.#visitors.close()]);
  }

  /** Resolves with the host of exactly this domain, if there is one. */
  async find({ domain, stage }) {
    const hosts = await this.#call('GET', `${HOSTS}?query=${encodeURIComponent(domain)}`);
    const host = hosts.find(({ domain_names }) => domain_names.includes(domain));
    if (host && (host.meta[PROJECT_LABEL] !== PROJECT || host.meta[STAGE_LABEL] !== stage)) {
      throw new Error(`the proxy host ${host.id} of ${domain} is not ours`);
    }
    return host;
  }

  /** Points the domain to a port, by the host that there is or a new one. */
  async route(deploy, host, port) {
    const target = {
      forward_scheme: 'http', forward_host: '127.0.0.1', forward_port: port,
      meta: deploy.labels(),
    };
    if (host) {
      checkOnline(await this.#mutate('PUT', `${HOSTS}/${host.id}`, target));
      return;
    }
    const { id } = await this.#mutate('POST', HOSTS, {
      domain_names: [deploy.domain],
      ...target,
      certificate_id: 0,
      access_list_id: 0,
      ssl_forced: false,
      http2_support: false,
      hsts_enabled: false,
      hsts_subdomains: false,
      caching_enabled: false,
      block_exploits: true,
      allow_websocket_upgrade: true,
      advanced_config: '',
      locations: [],
    });
    // The answer to a POST does not tell whether nginx took it.
    checkOnline(await this.#call('GET', `${HOSTS}/${id}`));
  }

  /** Visits the domain until the new instance answers. */
  async verify({ domain, instance }) {
    const deadline = Date.now() + MAX_VERIFY_WAIT_MS;
    for (;;) {
      const { headers, body } = await this.#visitors.request({
        origin: this.#traffic, path: '/', method: 'GET', headers: { host: domain }, reset: true,
      });
      await body.dump();
      const seen = headers['x-instance-id'];
      if (seen === instance) return;
      if (Date.now() > deadline) {
        throw new Error(`${domain} is answered by ${seen} in the place of ${instance}`);
      }
      await sleep(VERIFY_INTERVAL_MS);
    }
  }

  /** Makes one change at a time: NPM does not bear two. */
  #mutate(method, path, content) {
    const result = this.#mutation.then(() => this.#call(method, path, content));
    this.#mutation = result.catch(() => {});
    return result;
  }

  /** Makes one exchange of JSON. */
  async #call(method, path, content) {
    try {
      const { statusCode, body } = await this.#api.request({
        method, path, headers: this.#headers, body: content && JSON.stringify(content),
      });
      if (statusCode >= 300) throw new Error(`status ${statusCode}: ${await body.text()}`);
      return await body.json();
    } catch (error) {
      throw new Error(`${method} ${path}: ${error.message}`, { cause: error });
    }
  }
}

function checkOnline({ id, meta }) {
  if (!meta.nginx_online) {
    throw new Error(`nginx did not take the proxy host ${id}: ${meta.nginx_err}`);
  }
}
