/** Readers of exports that Debian packages; .ci/run installs them. */
import test, { type ImplementationFn } from 'ava';
import { spawnSync } from 'node:child_process';

/** A `test` that is skipped, with the reason, where a command of a Debian package is missing. */
export function toolTest(
  command: string,
  debianPackage: string,
  title: string,
  implementation: ImplementationFn<[]>,
): void {
  if (spawnSync(command, ['--version']).error === undefined) {
    test(title, implementation);
    return;
  }
  if (process.env['CI'] === 'true') {
    test(title, (t) => {
      t.fail(`${command} is missing: .ci/run installs ${debianPackage}`);
    });
    return;
  }
  process.stderr.write(`SKIPPED: ${title}: apt-get install ${debianPackage} for ${command}\n`);
  test.skip(title, implementation);
}
