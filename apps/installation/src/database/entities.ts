// Every entity of the service's database.
import { ConnectionAttempt } from '../connecting/connection-attempt.entity.ts';
import { Installation } from '../installations/installation.entity.ts';
import { Policy } from '../policy/policy.entity.ts';
import { SealedToken } from '../tokens/sealed-token.entity.ts';

export const entities = [Installation, SealedToken, ConnectionAttempt, Policy] as const;
