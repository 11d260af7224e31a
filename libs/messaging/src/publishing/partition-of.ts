// The partition of a key: Kafka's murmur2, as the Java client and kafkajs's default partitioner compute it. Guarantee:
// a key has the same partition whichever client writes it.
const seed = 0x9747b28c;
const m = 0x5bd1e995;
const scratch = Buffer.allocUnsafe(1024);

export function murmur2(key: string | Buffer): number {
  let data: Buffer;
  let length: number;
  if (typeof key === 'string') {
    data = key.length * 3 <= scratch.length ? scratch : Buffer.from(key);
    length = data === scratch ? scratch.write(key) : data.length;
  } else {
    data = key;
    length = key.length;
  }
  let h = seed ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  if (length > whole) {
    if (length - whole > 2) h ^= data[whole + 2]! << 16;
    if (length - whole > 1) h ^= data[whole + 1]! << 8;
    h = Math.imul(h ^ data[whole]!, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return (h ^ (h >>> 15)) | 0;
}

export const partitionOf = (key: string | Buffer, count: number): number => (murmur2(key) & 0x7fffffff) % count;
