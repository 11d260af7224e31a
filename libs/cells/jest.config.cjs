// Specs speak for themselves; LOG_LEVEL=debug shows what the code says meanwhile.
process.env.LOG_LEVEL ??= 'silent';

module.exports = { ...require('../../jest.preset.cjs'), displayName: require('./package.json').name };
