// What a request costs of its tenant's quota, before it is decoded. A request with one recipient costs one; a large one
// costs more, by its bytes and by its number of JSON objects, since each recipient is an object.

/** Begun ones count: reading and publishing them takes as long as a small request. */
const bytesOfOne = 4_096;
/** Deciding for so many recipients takes about as long as a small request. */
const objectsOfOne = 16;
/** A shorter value holds too few objects to count. */
const shortValue = 512;
const brace = 0x7b;

export function costOf(value: Buffer): number {
  const byBytes = Math.ceil(value.length / bytesOfOne);
  if (value.length <= shortValue) return byBytes;
  let objects = 0;
  for (const byte of value) if (byte === brace) objects++;
  return Math.max(byBytes, Math.ceil(objects / objectsOfOne));
}
