// What holds for every route of every service: who may call it, for which tenant, that no input breaks it, and that
// each answer is as the committed OpenAPI document says. The routes come from the documents of the running services.
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { startRoutesStage, unlike } from './routes/context.ts';
import './routes/who-may-call.ts';
import './routes/foreign-tenant.ts';
import './routes/hostile-input.ts';
import './routes/permitted-calls.ts';
import { teardown } from './teardown.ts';

beforeAll(startRoutesStage);
afterAll(teardown);

afterEach(() => {
  const found = [...unlike];
  unlike.clear();
  expect(found).toEqual([]);
});
