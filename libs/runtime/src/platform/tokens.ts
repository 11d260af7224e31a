// The injection tokens of providers that are no classes. `@Inject(CONFIG) config: Config`, `@Inject(DATABASE) pool:
// Pool`.
export const CONFIG = Symbol('config');
export const DATABASE = Symbol('database');
