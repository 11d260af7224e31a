// The order of the spec files: the longest first, so that two at a time end at about the same moment. A file that is not
// listed runs before the short ones at the end.
const order = [
  'shared-stage',
  'failures',
  'lanes',
  'crash-points',
  'chaos',
  'outage',
  'every-route',
  'foreign-producers',
  'slack-faults',
  'burst',
  'pacing',
  'OTHERS',
  'kafka-security',
  'malformed',
  'teardown',
  'nothing-lost-or-silently-doubled',
];

module.exports = class LongestFirst {
  sort(tests) {
    const place = ({ path }) => {
      const found = order.indexOf(/([^/]+)\.spec\.ts$/.exec(path)?.[1]);
      return found === -1 ? order.indexOf('OTHERS') : found;
    };
    return [...tests].sort((a, b) => place(a) - place(b));
  }
  shard(tests, { shardIndex, shardCount }) {
    return this.sort(tests).filter((_, n) => n % shardCount === shardIndex - 1);
  }
  allFailedTests(tests) {
    return tests;
  }
  cacheResults() {}
};
