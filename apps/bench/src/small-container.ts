// The environment of a service as in a container of 256 MB. Without a limit V8 keeps garbage while the machine has
// memory, and the resident set tells nothing of what the process needs.
export const smallContainer = {
  NODE_OPTIONS: '--max-old-space-size=96 --max-semi-space-size=8',
  // glibc keeps an arena for each thread otherwise, with memory that nobody uses.
  MALLOC_ARENA_MAX: '2',
};
