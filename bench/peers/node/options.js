// What the command line and the environment say; see bench/README.md.

import { parseArgs } from 'node:util';

const text = { type: 'string' };

export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', multiple: true },
      npm: { ...text, default: '' },
      traffic: { ...text, default: '' },
      deploys: { ...text, default: '1' },
      concurrency: { ...text, default: '1' },
      image: text,
      tags: { ...text, default: '1' },
      network: { ...text, default: 'bench-net' },
    },
  });
  if (!values.engine) throw new Error('--engine is missing');
  if (!values.image) throw new Error('--image is missing');
  if (values.npm && !values.traffic) throw new Error('--npm needs --traffic');
  return {
    engines: values.engine,
    npm: values.npm,
    traffic: values.traffic,
    deploys: positive('--deploys', values.deploys),
    concurrency: positive('--concurrency', values.concurrency),
    image: values.image,
    tags: values.tags.split(','),
    network: values.network,
    identity: process.env.BENCH_NPM_IDENTITY ?? '',
    password: process.env.BENCH_NPM_PASSWORD ?? '',
    registryLogin: loginOf(process.env.BENCH_REGISTRY_AUTH),
  };
}

/** What the header for the registry says; undefined without one. */
function loginOf(header) {
  return header && JSON.parse(Buffer.from(header, 'base64url'));
}

function positive(name, value) {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${name} must be at least 1`);
  }
  return number;
}
