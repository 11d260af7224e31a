/**
 * The bot scopes that a person grants. The page offers the manifest's optional scopes as checkboxes. Without script a
 * form tells only which boxes are still checked (`scopes_on`), so the page marks with `scopes_shown` that there were
 * boxes. Tests take scopes away with `scopes_off`, or grant only some of those asked for with `granted`.
 */
import type { AppManifest } from '../manifest/app-manifest.ts';
import { splitScopes } from './scopes.ts';

export const grantFields: ReadonlySet<string> = new Set(['scopes_on', 'scopes_off', 'scopes_shown', 'granted']);

/** Undefined where the form takes away or grants what it can't. */
export function grantedScopes(
  manifest: AppManifest,
  form: URLSearchParams,
  asked: readonly string[],
): string[] | undefined {
  const { optional } = manifest;
  const off = new Set(form.getAll('scopes_off'));
  if (![...off].every((scope) => optional.has(scope))) return undefined;
  if (form.has('scopes_shown')) {
    const on = new Set(form.getAll('scopes_on'));
    for (const scope of optional) if (!on.has(scope)) off.add(scope);
  }
  const only = splitScopes(form.get('granted') ?? undefined);
  if (!only.every((scope) => asked.includes(scope))) return undefined;
  return asked.filter((scope) => !off.has(scope) && (only.length === 0 || only.includes(scope)));
}
