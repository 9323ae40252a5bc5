// The runner on dockerode; bench/README.md says what it does.

import http from 'node:http';

import { Deploy } from './deploy.js';
import { Engine } from './engine.js';
import { readOptions } from './options.js';
import { Proxy } from './proxy.js';
import { Report } from './report.js';

async function main(options) {
  // dockerode would prefer these to what it is told.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('DOCKER_')) delete process.env[name];
  }
  // Connections are kept. The agent is not given to dockerode, which writes
  // its options, with all of the agent's sockets, for a log at each request.
  http.globalAgent = new http.Agent({
    keepAlive: true, maxFreeSockets: options.concurrency,
  });
  const engines = options.engines.map((url) => new Engine(url, options));
  const proxy = options.npm
    ? new Proxy(options.npm, options.traffic, options.concurrency)
    : undefined;
  for (const engine of engines) await engine.connect();
  await proxy?.login(options.identity, options.password);
  const report = new Report(options.deploys * options.tags.length);
  const begin = performance.now();
  for (const tag of options.tags) {
    await deployAll(options, engines, proxy, tag, report);
  }
  console.log(report.toJSON(performance.now() - begin));
  for (const engine of engines) engine.close();
  await proxy?.close();
  http.globalAgent.destroy();
}

/** Deploys each stage once. A deploy that fails stops no other. */
async function deployAll({ deploys, concurrency, image }, engines, proxy, tag, report) {
  let next = 0;
  const work = async () => {
    while (next < deploys) {
      const number = next++;
      const deploy = new Deploy(number, image, tag);
      const begin = performance.now();
      try {
        await deploy.run(engines[number % engines.length], proxy);
        report.succeeded(performance.now() - begin);
      } catch (error) {
        report.failed(deploy, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, deploys) }, work));
}

function complain(error, status) {
  console.error(`node-runner: ${error.message || error.code}`);
  process.exit(status);
}

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  complain(error, 2);
}
main(options).catch((error) => complain(error, 1));
