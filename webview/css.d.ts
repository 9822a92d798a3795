/** Style sheets are bundled into dist/webview.css. */
declare module '*.css';
