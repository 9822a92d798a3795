// The command line in a process that stays: a message is a command line, and is answered by what the program would have
// printed and its exit code. To start the program takes longer than most of what it is asked for.
import { main } from '../../src/cli/main';
import { Jobs } from '../../src/engine/jobs';

// One worker for all of them: onnxruntime does not survive a second one.
const { submit } = Jobs.prototype;
let first: Jobs | undefined;
Jobs.prototype.submit = function (task, options) {
  first ??= this;
  return submit.call(first, task, options) as never;
};

let [stdout, stderr] = ['', ''];
process.stdout.write = (text: string | Uint8Array) => {
  stdout += text;
  return true;
};
process.stderr.write = (text: string | Uint8Array) => {
  stderr += text;
  return true;
};

process.on('message', async ({ args, folder }: { args: readonly string[]; folder: string }) => {
  process.chdir(folder);
  const code = await main(args);
  // Each command listens for its own.
  process.removeAllListeners('SIGINT');
  process.send?.({ code, signal: null, stdout, stderr });
  [stdout, stderr] = ['', ''];
});
