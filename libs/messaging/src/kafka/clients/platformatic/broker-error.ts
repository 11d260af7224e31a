// Translates errors of @platformatic/kafka into the form of the port: Kafka's name of the error as `type`. Guarantees:
// the original is kept as the cause; an error without a name of Kafka's is not changed.

export class BrokerError extends Error {
  override readonly name = 'BrokerError';

  constructor(
    readonly type: string,
    message = `Kafka answered ${type}`,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Where kafkajs has another name than Kafka. */
const names: Record<string, string> = { NOT_COORDINATOR: 'NOT_COORDINATOR_FOR_GROUP' };

export function brokerErrorOf(error: unknown): Error {
  const answer = answerIn(error);
  if (answer) return new BrokerError(names[answer.type] ?? answer.type, answer.message, error);
  return error instanceof Error ? error : new Error(String(error));
}

/** Runs an operation of the library, its errors translated. */
export async function translated<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw brokerErrorOf(error);
  }
}

/** The first of Kafka's answers in an error that may hold several. */
function answerIn(error: unknown): { type: string; message: string } | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { apiId, errors, cause, message } = error as {
    apiId?: unknown;
    errors?: unknown;
    cause?: unknown;
    message?: unknown;
  };
  const text = typeof message === 'string' ? message : 'Kafka refused';
  if (typeof apiId === 'string') return { type: apiId, message: text };
  if (text.startsWith('Unknown topic')) return { type: 'UNKNOWN_TOPIC_OR_PARTITION', message: text };
  if (Array.isArray(errors)) {
    for (const inner of errors) {
      const answer = answerIn(inner);
      if (answer) return answer;
    }
  }
  return answerIn(cause);
}
