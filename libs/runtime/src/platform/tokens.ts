// The injection tokens of what is not a class. `@Inject(CONFIG) config: Config`, `@Inject(DATABASE) pool: Pool`.
export const CONFIG = Symbol('config');
export const DATABASE = Symbol('database');
