// Tells VS Code how to start the adapter: everything else is `kvmtrace dap`.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- VS Code loads CommonJS
const vscode = require('vscode');

exports.activate = (context) => {
  const factory = {
    createDebugAdapterDescriptor() {
      const program = vscode.workspace.getConfiguration('kvmtrace').get('path', 'kvmtrace');
      return new vscode.DebugAdapterExecutable(program, ['dap']);
    },
  };
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('kvmtrace', factory),
  );
};

exports.deactivate = () => undefined;
