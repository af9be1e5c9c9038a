/**
 * For node's --import: addons are as npm left them for another Node. Which ones: the words of
 * OTHER_NODE in their paths. The error is what Node 24 says of an addon of Node 20.
 */
const words = (process.env['OTHER_NODE'] ?? '').split(' ');
const dlopen = process.dlopen.bind(process) as (...args: unknown[]) => void;

process.dlopen = (module: object, filename: string, ...rest: unknown[]) => {
  if (!words.some((word) => filename.includes(word))) {
    dlopen(module, filename, ...rest);
    return;
  }
  const message = `The module '${filename}'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 115. This version of Node.js requires\nNODE_MODULE_VERSION 137.`;
  throw Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
};
