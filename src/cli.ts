import { main } from './cli/main';

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no failure.
  if (code === 'EPIPE') return;
  process.exitCode = 1;
  process.stderr.write(`sextant: standard output cannot be written (${message}). Write to another place.\n`);
});
// Where nobody reads what is wrong, the exit code still says it.
process.stderr.on('error', () => {});
// Who started this over a channel, and is gone, waits for no answer; the channel itself keeps nothing from ending.
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
process.channel?.unref();
void main(process.argv.slice(2)).then((code) => {
  process.exitCode ||= code;
});
