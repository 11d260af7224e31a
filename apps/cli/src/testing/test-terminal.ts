// A terminal that remembers what was said.
import { runCarillon } from '../carillon.ts';

export interface Said {
  code: number;
  out: string;
  err: string;
}

export async function carillon(
  argv: string[],
  world: { env?: Record<string, string>; cwd?: string; stdin?: string } = {},
): Promise<Said> {
  const said: Said = { code: 0, out: '', err: '' };
  said.code = await runCarillon(argv, {
    env: world.env ?? {},
    cwd: world.cwd ?? '/',
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    stdin: () => world.stdin ?? '',
  });
  return said;
}
