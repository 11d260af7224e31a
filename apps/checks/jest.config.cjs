// ESLint with types and the project graph needs several seconds, more on a busy machine.
module.exports = {
  ...require('../../jest.preset.cjs'),
  displayName: require('./package.json').name,
  testTimeout: 120_000,
};
