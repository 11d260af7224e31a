// A delivery that ends or comes back moves to another partition; a statement that waited for its row finds it gone and
// fails with PostgreSQL's code for a serialization failure. The whole unit of work is then begun again.
const movedMeanwhile = '40001';
const mostTries = 20;

export async function retryOnSerializationFailure<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== movedMeanwhile || tries === mostTries) throw error;
    }
  }
}
