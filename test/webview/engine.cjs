// The engine's process as the editor starts it, with relative paths on the sample workspace.
const { join } = require('node:path');

process.chdir(join(__dirname, '../../media/samples'));
require(join(__dirname, '../../dist/engine.js'));
