// Checks what a request names of the choices of a member or an organisation against the catalogue. Guarantees: a type
// or category that does not exist is refused, and so is what none of its types allows; each invalid field is named.
// What a request does not name is not checked: it was stored when the catalogue was another, and a choice that a type
// does not allow counts as not made (choose-channels.ts).
import type { NotificationType } from '@carillon/domain';
import { problemOfFields, type FieldProblem } from '@carillon/runtime';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { chooseFor } from '../resolution/choose-channels.ts';
import type { Choice, Choices, MemberChoices, OrganisationDefaults } from '../resolution/resolution-context.ts';

type NamedChoices = Partial<Choices>;

/** @param whole what the member's choices become. Throws Problem 400. */
export function checkMemberChoices(
  named: NamedChoices & { pausedUntil?: string | null },
  whole: MemberChoices,
  defaults: OrganisationDefaults,
  catalogue: Catalogue,
): void {
  const errors = misfits(named, catalogue, {
    isWeekly: (type) => chooseFor(type, defaults, whole).cadence === 'weekly',
    throttles: ({ mutable }) => mutable,
  });
  if (typeof named.pausedUntil === 'string' && Date.parse(named.pausedUntil) <= Date.now())
    errors.push({ path: 'pausedUntil', message: 'must be in the future; null ends a pause' });
  if (errors.length > 0) throw problemOfFields(errors);
}

/** @param whole what the defaults become. Throws Problem 400. */
export function checkDefaults(named: NamedChoices, whole: OrganisationDefaults, catalogue: Catalogue): void {
  const errors = misfits(named, catalogue, {
    isWeekly: (type) => {
      const { cadence, from } = chooseFor(type, whole, undefined);
      // Where the organisation leaves the cadence to its members, they may choose a weekly one without a day.
      return from.cadence === 'organisation' ? cadence === 'weekly' : type.cadences.includes('weekly');
    },
    throttles: () => true,
  });
  if (errors.length > 0) throw problemOfFields(errors);
}

/** What depends on who chooses. */
interface Rules {
  isWeekly: (type: NotificationType) => boolean;
  /** Whether a throttle applies: members do not throttle what must be told. */
  throttles: (type: NotificationType) => boolean;
}

function misfits({ types = {}, categories = {} }: NamedChoices, catalogue: Catalogue, rules: Rules) {
  const errors: FieldProblem[] = [];
  for (const [name, one] of Object.entries(types)) {
    const type = catalogue.type(name);
    if (type) errors.push(...misfitsOf(one, [type], `types.${name}`, rules));
    else errors.push({ path: `types.${name}`, message: 'no such type in the catalogue' });
  }
  const byCategory = Map.groupBy(catalogue.types, ({ category }) => category);
  for (const [name, one] of Object.entries(categories)) {
    const within = byCategory.get(name);
    if (within) errors.push(...misfitsOf(one, within, `categories.${name}`, rules));
    else errors.push({ path: `categories.${name}`, message: 'no such category in the catalogue' });
  }
  return errors;
}

/** A category may be turned off where one of its types may: the others stay on. */
function misfitsOf(one: Choice, types: readonly NotificationType[], path: string, rules: Rules): FieldProblem[] {
  const errors: FieldProblem[] = [];
  const add = (field: keyof Choice, message: string): void => void errors.push({ path: `${path}.${field}`, message });
  if (one.channels?.length === 0 && !types.some(({ mutable }) => mutable)) add('channels', 'cannot be turned off');
  for (const channel of one.channels ?? [])
    if (!types.some(({ allowedChannels }) => allowedChannels.includes(channel)))
      add('channels', `${channel} is not allowed`);
  const { cadence } = one;
  if (cadence !== undefined && !types.some(({ cadences }) => cadences.includes(cadence)))
    add('cadence', `${cadence} is not allowed`);
  // A cadence that is not allowed is the cause; a second error would not help.
  else if (one.on !== undefined && !types.some(rules.isWeekly)) add('on', 'is of a weekly cadence only');
  if (one.throttle !== undefined && !types.some(rules.throttles))
    add('throttle', 'members cannot throttle what cannot be turned off');
  return errors;
}
