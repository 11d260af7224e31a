// Jest runs this after the last test of a project (jest.preset.cjs). A timer, socket or consumer that a spec has left
// behind would keep the process, and with it the whole test run, for ever: after 20 s the run fails and says which
// kinds of resources are open. A process that ends by itself is not delayed.
const graceMs = 20_000;

module.exports = (_globalConfig, { displayName }) => {
  const timer = setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ');
    console.error(`${displayName?.name ?? 'jest'}: its process does not end ${graceMs} ms after the tests: ${open}`);
    process.exit(1);
  }, graceMs);
  timer.unref();
};
