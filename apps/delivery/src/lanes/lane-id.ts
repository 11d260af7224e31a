// How lanes are called: a workspace's by its team id, e-mail's by the tenant. Team ids hold no colon.
const emailPrefix = 'email:';

export const emailLane = (tenantId: string): string => `${emailPrefix}${tenantId}`;

export const isEmailLane = (laneId: string): boolean => laneId.startsWith(emailPrefix);
