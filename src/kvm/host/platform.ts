/** Why no host can run on this kind of machine at all; undefined where they can. */
export function platformProblem(): string | undefined {
  const { platform, arch } = process;
  if (platform === 'linux' && arch === 'x64') return undefined;
  return `recording needs Linux on x86-64, and this is ${platform} on ${arch}: traces can be read here.`;
}
