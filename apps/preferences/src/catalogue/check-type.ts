// Checks what the fields of a notification type say of each other. Pure. Guarantee: each error names the field.
import { fieldErrors, notificationRequest, type FieldError, type NotificationType } from '@carillon/domain';
import { prepareRequest } from '../resolution/prepared-request.ts';
import { compileType } from './compiled-type.ts';

export function checkType(type: NotificationType): FieldError[] {
  const errors: FieldError[] = [];
  const { name, channels, allowedChannels, mutable, cadence, cadences, example } = type;
  if (!mutable && channels.length === 0)
    errors.push({ path: 'channels', message: 'a type that cannot be muted needs one' });
  for (const channel of channels)
    if (!allowedChannels.includes(channel))
      errors.push({ path: 'channels', message: `${channel} is not among allowedChannels` });
  if (!cadences.includes(cadence)) errors.push({ path: 'cadence', message: `${cadence} is not among cadences` });
  const compiled = compileType(type);
  if ('errors' in compiled) return [...errors, ...compiled.errors];
  if (example === undefined) return errors;
  const whole = { ...example, tenantId: 'example', type: name };
  const read = notificationRequest.safeParse(whole);
  if (!read.success) return [...errors, ...inExample(fieldErrors(read.error.issues, whole))];
  const event = { source: '/example', id: 'example', tenantName: 'Example' };
  const prepared = prepareRequest(read.data, type, event, { compiled: () => compiled });
  if ('fault' in prepared) errors.push(...inExample([{ path: prepared.fault.path, message: prepared.fault.detail }]));
  return errors;
}

const inExample = (errors: readonly FieldError[]): FieldError[] =>
  errors.map(({ path, message }) => ({ path: path ? `example.${path}` : 'example', message }));
