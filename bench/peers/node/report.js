// The runner's result, in the form of bench/README.md.

import { createRequire } from 'node:module';

const MAX_ERRORS = 5;
const require = createRequire(import.meta.url);

export class Report {
  #deploys;
  #idle = Math.round(process.memoryUsage.rss() / 1024);
  #failed = 0;
  #errors = [];
  #durations = [];

  constructor(deploys) {
    this.#deploys = deploys;
  }

  succeeded(milliseconds) {
    this.#durations.push(milliseconds);
  }

  failed({ stage, tag }, error) {
    this.#failed += 1;
    if (this.#errors.length < MAX_ERRORS) {
      this.#errors.push(`${stage}:${tag}: ${error.message.trim() || error.code}`);
    }
  }

  /** Measures the process. */
  toJSON(milliseconds) {
    const usage = process.resourceUsage();
    return JSON.stringify({
      runner: 'node',
      version: `dockerode ${require('dockerode/package.json').version}, node ${process.version}`,
      deploys: this.#deploys,
      failed: this.#failed,
      errors: this.#errors,
      seconds: milliseconds / 1000,
      durations_ms: this.#durations,
      cpu: { user_ms: usage.userCPUTime / 1000, system_ms: usage.systemCPUTime / 1000 },
      idle_rss_kib: this.#idle,
      peak_rss_kib: usage.maxRSS,
      context_switches: {
        voluntary: usage.voluntaryContextSwitches,
        involuntary: usage.involuntaryContextSwitches,
      },
    });
  }
}
