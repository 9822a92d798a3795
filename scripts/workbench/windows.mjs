// Windows of a running code-server.
import { request } from 'node:http';
import { join } from 'node:path';

/**
 * The address of a window on a folder.
 * @param {number} port
 * @param {string} folder absolute
 * @param {readonly (readonly [string, string])[]} [payload] options of the window, as the desktop takes on its command line
 */
export function windowAddress(port, folder, payload = []) {
  const query = new URLSearchParams({ folder });
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  // `localhost`: a browser treats it as secure, which webviews need.
  return `http://localhost:${port}/?${query}`.replaceAll('%2F', '/').replaceAll('%3A', ':');
}

/**
 * Opens a file in every window that comes, as `code-server FILE` in a terminal does. An address could name the file as
 * well, but a new window does not wait for the editors of extensions before it shows that one, as text.
 * @param {string} server folder of the server
 * @param {string} file absolute, in the folder of the window
 */
export function openInWindows(server, file) {
  const registry = join(server, 'data/code-server-ipc.sock');
  let last = '';
  setInterval(async () => {
    try {
      const found = await ask(registry, 'GET', `/session?filePath=${encodeURIComponent(file)}`);
      const { socketPath: window = '' } = JSON.parse(found);
      if (window === last) return;
      last = window;
      const open = { type: 'open', fileURIs: [file], folderURIs: [], forceReuseWindow: true };
      if (window !== '') await ask(window, 'POST', '/', JSON.stringify(open));
    } catch {
      // The window has just gone, or code-server is about to.
    }
  }, 500);
}

/**
 * @param {string} socketPath
 * @param {string} method
 * @param {string} path
 * @param {string} [body]
 * @returns {Promise<string>}
 */
function ask(socketPath, method, path, body) {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(text));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}
