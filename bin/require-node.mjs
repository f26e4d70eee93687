// Loaded before everything else (node --import). Plain JavaScript, so that the Node that is too old can still read it.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);
if (!(major >= NEEDED)) {
  process.stderr.write(
    `evenkeel needs Node ${NEEDED} or newer and was started by Node ${process.versions.node} (${process.execPath}).\n` +
      'Run it through npm from the project folder: `npm ci` installs the right Node beside the project, and every npm script uses it\n' +
      '(for example `npm start`, or `npm run --silent evenkeel -- validate`).\n',
  );
  process.exit(1);
}

// What was compiled once is not compiled at every start: a quarter of a second of each command.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));
