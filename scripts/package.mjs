// npm run package: sextant-<platform>-<version>.vsix in the project's folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProject, root } from './workbench/ensure.mjs';
import { megabyte, packageExtension, target } from './workbench/vsix.mjs';

await ensureProject();
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const file = `${name}-${target}-${version}.vsix`;
const size = await packageExtension(join(root, file));
process.stdout.write(`${file}: ${(size / megabyte).toFixed(1)} MB\n`);
