// Whether an operation that failed may be repeated. The value is fixed where the error is made, by whoever knows the
// cause; callers decide by it and never by a message. It does not count tries: how often and for how long to repeat is
// the caller's decision.

/**
 * `never`: the same call fails again. `later`: the cause is expected to end by itself, and the caller chooses the
 * pause. `afterMs`: not before this many milliseconds.
 */
export type Retry = 'never' | 'later' | { readonly afterMs: number };
